import type { ClientUpdate } from './strategy.js';

/** Parameters summed at a time: their float64 sums stay in the first-level cache. */
const blockLength = 2048;

/**
 * The mean of the updates' weights, weighted by their samples, w = sum_k (n_k / n) w_k; summed in
 * float64 in the order of the updates. Reads every update once and allocates only the result.
 *
 * @param updates at least one, all of one length
 */
export function weightedMean(updates: readonly ClientUpdate[]): Float32Array {
  const length = updates[0]?.weights.length ?? 0;
  const total = updates.reduce((sum, { samples }) => sum + samples, 0);
  const mean = new Float32Array(length);
  const sums = new Float64Array(blockLength);
  for (let start = 0; start < length; start += blockLength) {
    const end = Math.min(start + blockLength, length);
    sums.fill(0);
    addBlock(sums, updates, start, end);
    for (let i = start; i < end; i++) mean[i] = (sums[i - start] ?? 0) / total;
  }
  return mean;
}

/** Adds samples × weights of every update; four updates a pass, so that the sums are loaded less often. */
function addBlock(sums: Float64Array, updates: readonly ClientUpdate[], start: number, end: number): void {
  const block = (k: number): Float32Array => updates[k]?.weights.subarray(start, end) ?? new Float32Array();
  const samples = (k: number): number => updates[k]?.samples ?? 0;
  const length = end - start;
  let k = 0;
  for (; k + 4 <= updates.length; k += 4) {
    const [a, b, c, d] = [block(k), block(k + 1), block(k + 2), block(k + 3)];
    const [na, nb, nc, nd] = [samples(k), samples(k + 1), samples(k + 2), samples(k + 3)];
    for (let i = 0; i < length; i++) {
      // Added one after the other: the same float64 result as in a pass each.
      sums[i] = (sums[i] ?? 0) + na * (a[i] ?? 0) + nb * (b[i] ?? 0) + nc * (c[i] ?? 0) + nd * (d[i] ?? 0);
    }
  }
  for (; k < updates.length; k++) {
    const a = block(k);
    const na = samples(k);
    for (let i = 0; i < length; i++) sums[i] = (sums[i] ?? 0) + na * (a[i] ?? 0);
  }
}
