import { FleetError, type RunConfig, randomStream } from '#protocol';
import type { Task } from '../datasets/dataset-info.js';
import { divide } from './divide.js';

/** The training samples as a partition sees them. */
export interface Labelled {
  /** Class of every training sample. */
  readonly labels: Uint8Array;
  readonly classes: number;
  readonly classNames?: readonly string[] | undefined;
  /** For a regression the labels are bins of its targets. */
  readonly task?: Task | undefined;
  readonly inputShape?: readonly number[] | undefined;
}

/** The part of the run configuration that decides a partition. */
export type PartitionSettings = Pick<
  RunConfig,
  | 'clients'
  | 'strategy'
  | 'distributionParam'
  | 'distribution'
  | 'quantityAlpha'
  | 'classAssignment'
  | 'featureShift'
  | 'minSamples'
  | 'sampleSize'
  | 'sampleFrac'
  | 'seed'
>;

/**
 * Divides sample indices among clients. No sample goes to two clients; the same arguments give the
 * same shares. `docs/distributions.md` defines every strategy.
 *
 * @returns one array of indices a client: ascending, but under `temporal_drift` in the order in which
 *   the client meets them
 * @throws FleetError PARTITION_IMPOSSIBLE when the data cannot be divided so
 * @example
 * const config = parseRunConfig({ clients: 20, strategy: 'dirichlet', distributionParam: 0.3, seed: 7 })
 * partition({ labels, classes: 10 }, config)
 */
export function partition(data: Labelled, settings: PartitionSettings): Uint32Array[] {
  const { clients, minSamples, seed, strategy } = settings;
  refuseUnfit(data, settings);
  const indices = sampleIndices(data.labels.length, wantedSamples(data.labels.length, settings), seed);
  refuseTooFew(indices.length, settings);
  const shares = divide(data, indices, settings, randomStream(seed, 'partition'));
  const smallest = shares.reduce((size, share) => Math.min(size, share.length), Number.POSITIVE_INFINITY);
  if (smallest < minSamples) {
    throw new FleetError(
      'PARTITION_IMPOSSIBLE',
      `--min-samples ${minSamples}: --strategy ${strategy} leaves a client with ${smallest}`,
    );
  }
  if (shares.every(({ length }) => length === 0)) {
    throw new FleetError(
      'PARTITION_IMPOSSIBLE',
      `--strategy ${strategy} leaves every client without samples: ${indices.length} for --clients ${clients}`,
    );
  }
  return strategy === 'temporal_drift' ? shares : shares.map((share) => share.sort());
}

function refuseTooFew(samples: number, { clients, minSamples, strategy }: PartitionSettings): void {
  const isDrift = strategy === 'temporal_drift';
  // A drifting client trains on half of its share in a round. All have equal shares, so that where one has
  // nothing to train on, none has.
  const least = isDrift ? 2 * Math.max(1, minSamples) : minSamples;
  if (clients * least <= samples) return;
  const each = minSamples > 1 ? ` with --min-samples ${minSamples}` : '';
  const why = isDrift ? ', each of which trains on half of its share in a round of temporal_drift' : '';
  throw new FleetError(
    'PARTITION_IMPOSSIBLE',
    `${samples} samples for --clients ${clients}${each}${why}; at most ${Math.floor(samples / least)} clients`,
  );
}

function refuseUnfit({ task, inputShape }: Labelled, { strategy, featureShift }: PartitionSettings): void {
  if (strategy === 'concept_drift' && task === 'regression') {
    throw new FleetError(
      'PARTITION_IMPOSSIBLE',
      '--strategy concept_drift: permutes labels; a regression has none',
    );
  }
  if (featureShift === 'rotation' && inputShape !== undefined && !isSquareImage(inputShape)) {
    throw new FleetError(
      'PARTITION_IMPOSSIBLE',
      `--feature-shift rotation: turns square images; samples have the shape ${inputShape.join(' x ')}; brightness is possible`,
    );
  }
}

const isSquareImage = ([height, width, channels]: readonly number[]): boolean =>
  channels !== undefined && height === width;

function wantedSamples(
  available: number,
  { sampleSize, sampleFrac }: Pick<RunConfig, 'sampleSize' | 'sampleFrac'>,
): number | undefined {
  return sampleFrac === undefined ? sampleSize : Math.max(1, Math.round(sampleFrac * available));
}

/** Indices that take part, ascending. */
function sampleIndices(available: number, wanted: number | undefined, seed: number): Uint32Array {
  const all = Uint32Array.from({ length: available }, (_, index) => index);
  if (wanted === undefined) return all;
  if (wanted > available) {
    throw new FleetError('PARTITION_IMPOSSIBLE', `--sample-size ${wanted}, the dataset has ${available}`);
  }
  return randomStream(seed, 'sampling').shuffle(all).slice(0, wanted).sort();
}
