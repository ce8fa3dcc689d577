import { mul, sub } from '../operators.js';
import type { ActivationGraph } from './activation.js';
import { step } from './relu.js';

/** y = min(6, max(0, x)), y' = 1 where 0 < y < 6. */
export const relu6: ActivationGraph = {
  forward: (graph, x) => graph.node('Clip', [x, graph.scalar(0), graph.scalar(6)], x.shape),
  backward(graph, { y }, gradient) {
    const below = step(graph, sub(graph, graph.scalar(6), y));
    return mul(graph, gradient, mul(graph, step(graph, y), below));
  },
};
