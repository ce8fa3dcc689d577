import { sha256 } from '#protocol';

/** How many samples of each class a share has. */
export function labelCounts(indices: Uint32Array, labels: Uint8Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const index of indices) {
    const label = labels[index] ?? 0;
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}

/** SHA-256 of a share's indices as little-endian uint32: equal for equal shares. */
export function shareHash(indices: Uint32Array): string {
  const bytes = new Uint8Array(indices.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, index] of indices.entries()) view.setUint32(4 * i, index, true);
  return sha256(bytes);
}
