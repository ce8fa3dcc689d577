/**
 * Samples by class: pool k holds the indices whose label is k, in the order given. Counting sort, so
 * the cost is linear in the samples.
 *
 * @param indices samples that take part
 * @param labels class of every sample of the dataset, 0 to classes - 1
 */
export function classPools(indices: Uint32Array, labels: Uint8Array, classes: number): Uint32Array[] {
  const ends = new Uint32Array(classes);
  for (let i = 0; i < indices.length; i++) {
    const label = labels[indices[i] ?? 0] ?? 0;
    ends[label] = (ends[label] ?? 0) + 1;
  }
  const pools = Array.from(ends, (size) => new Uint32Array(size));
  ends.fill(0);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    const label = labels[index] ?? 0;
    const pool = pools[label];
    const at = ends[label] ?? 0;
    if (pool !== undefined) pool[at] = index;
    ends[label] = at + 1;
  }
  return pools;
}
