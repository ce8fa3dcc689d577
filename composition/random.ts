import { randomStream } from '#protocol';
import type { CompositionContext, CompositionStrategy } from './strategy.js';

/** `k` clients drawn uniformly without replacement, anew in every round (McMahan et al. 2017). */
export function composeRandom(k: number, seed: number): CompositionStrategy {
  return Object.freeze({
    name: `random:${k}`,
    participants: (eligible: number) => Math.min(k, eligible),
    choose: ({ round, eligible }: CompositionContext) =>
      randomStream(seed, 'composition', -1, round)
        .shuffle([...eligible])
        .slice(0, k)
        .sort((a, b) => a - b),
  });
}
