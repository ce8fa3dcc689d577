import type { RandomStream } from '#protocol';

/** Samples that each client gets of each pool: `counts[client][pool]`. */
export type CountMatrix = readonly Uint32Array[];

/** A matrix of zeros. */
export function zeroCounts(clients: number, pools: number): CountMatrix {
  return Array.from({ length: clients }, () => new Uint32Array(pools));
}

/** Samples of one client, over all pools. */
export function sizeOf(counts: Uint32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Draws the samples of a count matrix without replacement: every pool is shuffled in place and dealt
 * out in client order. Cost linear in the samples.
 *
 * @returns one array of indices a client, pool after pool
 * @throws RangeError when a pool has fewer samples than the counts take from it
 */
export function deal(
  pools: readonly Uint32Array[],
  counts: CountMatrix,
  stream: RandomStream,
): Uint32Array[] {
  const shares = counts.map((row) => new Uint32Array(sizeOf(row)));
  const filled = new Uint32Array(counts.length);
  for (const [k, pool] of pools.entries()) {
    stream.shuffle(pool);
    let start = 0;
    for (const [client, row] of counts.entries()) {
      const count = row[k] ?? 0;
      if (start + count > pool.length) throw new RangeError(`pool ${k} has ${pool.length} samples`);
      const at = filled[client] ?? 0;
      shares[client]?.set(pool.subarray(start, start + count), at);
      filled[client] = at + count;
      start += count;
    }
  }
  return shares;
}

/** The arrays' values, one array after the other. */
export function concatenate(arrays: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** Parts that are as equal as whole numbers allow; the first ones have the remainder, one each. */
export function evenParts(total: number, parts: number): Uint32Array {
  const base = Math.floor(total / parts);
  return Uint32Array.from({ length: parts }, (_, part) => base + (part < total % parts ? 1 : 0));
}
