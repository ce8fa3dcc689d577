import { add, mul, scale } from '../operators.js';
import type { ActivationGraph } from './activation.js';

/** y = x for x > 0, else e^x - 1 (Clevert et al. 2016); y' = min(y, 0) + 1. */
export const elu: ActivationGraph = {
  forward: (graph, x) => graph.node('Elu', [x], x.shape, { alpha: { float: 1 } }),
  backward(graph, { y }, gradient) {
    const negative = scale(graph, graph.node('Relu', [scale(graph, y, -1)], y.shape), -1);
    return mul(graph, gradient, add(graph, negative, graph.scalar(1)));
  },
};
