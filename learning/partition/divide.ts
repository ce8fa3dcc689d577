import type { RandomStream, RunConfig } from '#protocol';
import { classAssignmentCounts } from './class-assignment.js';
import { classPools } from './class-pools.js';
import { customCounts } from './custom.js';
import { type CountMatrix, deal, evenParts } from './deal.js';
import { dirichletCounts } from './dirichlet.js';
import { innerDirichletCounts } from './mixed.js';
import type { Labelled, PartitionSettings } from './partition.js';
import { dirichletSizes } from './quantity-skew.js';
import { drawWithMinimum } from './redraw.js';
import { shardShares } from './shard.js';
import { driftStreams } from './temporal-drift.js';

/**
 * Divides samples by the strategy. All but `shard` first draw how many samples of which pool each
 * client gets, then deal them out.
 *
 * @param indices samples that take part, ascending
 * @returns one array a client, in any order
 * @throws FleetError PARTITION_IMPOSSIBLE
 */
export function divide(
  data: Labelled,
  indices: Uint32Array,
  settings: PartitionSettings,
  stream: RandomStream,
): Uint32Array[] {
  const { labels, classes } = data;
  const { clients, strategy, minSamples } = settings;
  const param = (): number => resolved(settings, 'distributionParam');
  const bySizes = (sizes: Uint32Array): Uint32Array[] =>
    deal(
      [indices.slice()],
      Array.from(sizes, (size) => Uint32Array.of(size)),
      stream,
    );
  const byCounts = (draw: (classSizes: Uint32Array) => CountMatrix): Uint32Array[] => {
    const pools = classPools(indices, labels, classes);
    return deal(pools, draw(Uint32Array.from(pools, (pool) => pool.length)), stream);
  };
  const skewedSizes = (alpha: number): Uint32Array => {
    const draw = () => dirichletSizes(indices.length, clients, alpha, stream);
    const rows = drawWithMinimum(() => Array.from(draw(), (size) => Uint32Array.of(size)), minSamples);
    return Uint32Array.from(rows, ([size = 0]) => size);
  };
  const byAssignment = (mode: NonNullable<RunConfig['classAssignment']>): Uint32Array[] =>
    byCounts((classSizes) =>
      classAssignmentCounts({ data, classSizes, clients, perClient: param(), mode }, stream),
    );
  switch (strategy) {
    case 'iid':
    case 'feature_noise':
    case 'feature_shift':
    case 'concept_drift':
      return bySizes(evenParts(indices.length, clients));
    case 'quantity_skew':
      return bySizes(skewedSizes(param()));
    case 'dirichlet':
      return byCounts((classSizes) =>
        drawWithMinimum(() => dirichletCounts(classSizes, clients, param(), stream), minSamples),
      );
    case 'mixed': {
      const sizes = skewedSizes(resolved(settings, 'quantityAlpha'));
      return byCounts((classSizes) => innerDirichletCounts(classSizes, sizes, param(), stream));
    }
    case 'shard':
      return shardShares(classPools(indices, labels, classes), clients, param(), stream);
    case 'label_per_client':
      return byAssignment('random');
    case 'pathological':
      return byAssignment(resolved(settings, 'classAssignment'));
    case 'custom':
      return byCounts((classSizes) =>
        customCounts(resolved(settings, 'distribution'), clients, classSizes, data),
      );
    case 'temporal_drift':
      return driftStreams(byCounts, clients, param(), stream);
  }
}

/** A setting that `parseRunConfig` has filled in for the strategy. */
function resolved<K extends keyof PartitionSettings>(
  settings: PartitionSettings,
  key: K,
): NonNullable<PartitionSettings[K]> {
  const value = settings[key];
  if (value === undefined || value === null) {
    throw new RangeError(`${key} is not set: settings come from parseRunConfig`);
  }
  return value;
}
