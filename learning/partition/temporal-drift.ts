import type { RandomStream } from '#protocol';
import { type CountMatrix, concatenate } from './deal.js';
import { innerDirichletCounts } from './mixed.js';

/**
 * A stream of samples a client: w = ⌊n / 2N⌋ samples with one mix of labels, then w with another, both
 * mixes ~ Dirichlet(alpha, …, alpha) and drawn as in `mixed`; within a half the order is random. In a
 * round the client trains on a window of w samples of its stream, see `driftWindow`.
 *
 * @param dealCounts deals out what a function of the class sizes counts
 * @returns one array of 2w indices a client, in the order in which the client meets them
 */
export function driftStreams(
  dealCounts: (draw: (classSizes: Uint32Array) => CountMatrix) => Uint32Array[],
  clients: number,
  alpha: number,
  stream: RandomStream,
): Uint32Array[] {
  const halves = dealCounts((classSizes) => {
    const total = classSizes.reduce((sum, size) => sum + size, 0);
    const half = Math.floor(total / (2 * clients));
    return innerDirichletCounts(classSizes, new Uint32Array(2 * clients).fill(half), alpha, stream);
  });
  for (const half of halves) stream.shuffle(half);
  return halves
    .slice(0, clients)
    .map((before, client) => concatenate([before, halves[clients + client] ?? new Uint32Array()]));
}
