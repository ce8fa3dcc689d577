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

/**
 * SHA-256 of a share's indices as little-endian uint32, or of them and what they index: equal for
 * equal shares.
 * @param contentSha256 of the data, where its name does not tell its content
 */
export function shareHash(indices: Uint32Array, contentSha256?: string): string {
  const bytes = new Uint8Array(indices.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, index] of indices.entries()) view.setUint32(4 * i, index, true);
  const hash = sha256(bytes);
  return contentSha256 === undefined ? hash : sha256(`${hash} ${contentSha256}`);
}
