import { FleetError, type RunConfig, randomStream } from '#protocol';
import { dirichletPartition } from './dirichlet.js';
import { iidPartition } from './iid.js';

export interface PartitionRequest {
  /** Class of every training sample. */
  readonly labels: Uint8Array;
  readonly classes: number;
  readonly clients: number;
  readonly strategy: RunConfig['strategy'];
  /** Of `dirichlet`: the concentration alpha, above 0. Without meaning for `iid`. */
  readonly param: number;
  readonly seed: number;
  /** Samples drawn without replacement before the data is divided; all by default. */
  readonly sampleSize?: number | undefined;
}

/**
 * Divides sample indices among clients. Every sample drawn goes to exactly one client, every client
 * gets at least one; the same request gives the same shares.
 *
 * @returns one ascending array of indices a client
 * @throws FleetError PARTITION_IMPOSSIBLE when there are not enough samples
 * @example partition({ labels, classes: 10, clients: 20, strategy: 'dirichlet', param: 0.3, seed: 7 })
 */
export function partition(request: PartitionRequest): Uint32Array[] {
  const { labels, classes, clients, strategy, param, seed } = request;
  const indices = sampleIndices(labels.length, request.sampleSize, seed);
  if (clients > indices.length) {
    throw new FleetError('PARTITION_IMPOSSIBLE', `${indices.length} samples for ${clients} clients`);
  }
  const stream = randomStream(seed, 'partition');
  const shares =
    strategy === 'iid'
      ? iidPartition(indices, clients, stream)
      : dirichletPartition({ indices, labels, classes, clients, alpha: param, stream });
  return shares.map((share) => share.sort());
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
