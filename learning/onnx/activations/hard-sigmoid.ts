import { complement, mul, scale } from '../operators.js';
import type { ActivationGraph } from './activation.js';
import { step } from './relu.js';

/** y = min(1, max(0, 0.2 x + 0.5)), y' = 0.2 where 0 < y < 1. */
export const hardSigmoid: ActivationGraph = {
  forward: (graph, x) =>
    graph.node('HardSigmoid', [x], x.shape, { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  backward(graph, { y }, gradient) {
    const inside = mul(graph, step(graph, y), step(graph, complement(graph, y)));
    return mul(graph, gradient, scale(graph, inside, 0.2));
  },
};
