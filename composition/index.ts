import { composeAll } from './all.js';
import { composeRandom } from './random.js';
import type { CompositionStrategy } from './strategy.js';

export type { CompositionContext, CompositionStrategy } from './strategy.js';

/**
 * The strategy that a validated `--composition` names.
 *
 * @example createComposition('random:5', 7).choose({ round: 1, eligible: [0, 1, 2, 3, 4, 5, 6] })
 */
export function createComposition(name: string, seed: number): CompositionStrategy {
  return name === 'all' ? composeAll : composeRandom(Number(name.slice('random:'.length)), seed);
}
