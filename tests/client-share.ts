import { measureShares } from '#learning';
import type { ClientShare } from '#protocol';

/** The share of a client that has this many samples of each class. */
export function clientShare(client: number, labelCounts: readonly number[]): ClientShare {
  const samples = labelCounts.reduce((a, b) => a + b, 0);
  return {
    client,
    samples,
    labelCounts,
    indices: Uint32Array.from({ length: samples }, (_, i) => i),
    heterogeneity: measureShares([labelCounts])[0]!,
    shareSha256: 's'.repeat(64),
  };
}
