import type { ActivationGraph } from './activation.js';

/** y = x. */
export const linear: ActivationGraph = {
  forward: (_, x) => x,
  backward: (_, __, gradient) => gradient,
};
