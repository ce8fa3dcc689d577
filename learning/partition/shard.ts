import { FleetError, type RandomStream } from '#protocol';
import { concatenate, evenParts } from './deal.js';

/**
 * Shards: the samples sorted by label (stable) are cut into N·s near-equal shards, the shards are
 * shuffled, and client i gets shards i·s to (i+1)·s - 1 of that order. No sample is lost. (McMahan et
 * al. 2017, "Communication-Efficient Learning of Deep Networks from Decentralized Data", section 3,
 * where s = 2.)
 *
 * @param pools samples by class
 * @throws FleetError PARTITION_IMPOSSIBLE when there are more shards than samples
 */
export function shardShares(
  pools: readonly Uint32Array[],
  clients: number,
  shardsPerClient: number,
  stream: RandomStream,
): Uint32Array[] {
  const sorted = concatenate(pools);
  const count = clients * shardsPerClient;
  if (count > sorted.length) {
    const most = Math.floor(sorted.length / clients);
    const possible = most > 0 ? `at most ${most}` : `at most ${sorted.length} --clients of a shard each`;
    throw new FleetError(
      'PARTITION_IMPOSSIBLE',
      `--distribution-param ${shardsPerClient}: ${count} shards of ${sorted.length} samples; ${possible}`,
    );
  }
  const sizes = evenParts(sorted.length, count);
  const starts = new Uint32Array(count);
  for (let shard = 1; shard < count; shard++) {
    starts[shard] = (starts[shard - 1] ?? 0) + (sizes[shard - 1] ?? 0);
  }
  const order = stream.shuffle(Uint32Array.from({ length: count }, (_, shard) => shard));
  const shards = Array.from(order, (shard) => {
    const start = starts[shard] ?? 0;
    return sorted.subarray(start, start + (sizes[shard] ?? 0));
  });
  return Array.from({ length: clients }, (_, client) =>
    concatenate(shards.slice(client * shardsPerClient, (client + 1) * shardsPerClient)),
  );
}
