import { mul, reduceSum, scale, sub } from '../operators.js';
import type { LossGraph } from './loss.js';

/** The mean over a sample's outputs of (y - t)^2; its gradient is 2 (y - t) / outputs. */
export const meanSquaredError: LossGraph = {
  build(graph, outputs, targets) {
    const perSample = 1 / (outputs.shape.at(-1) ?? 1);
    const difference = sub(graph, outputs, targets);
    const sum = reduceSum(graph, mul(graph, difference, difference), [0, 1]);
    return { loss: scale(graph, sum, perSample), gradient: scale(graph, difference, 2 * perSample) };
  },
};
