import { add, mul, scale } from '../operators.js';
import type { ActivationGraph } from './activation.js';
import { step } from './relu.js';

/** Klambauer et al. 2017, equation 2 and appendix. */
const alpha = 1.6732632423543772;
const lambda = 1.0507009873554805;

/** y = lambda x for x > 0, else lambda alpha (e^x - 1); y' = lambda, else y + lambda alpha. */
export const selu: ActivationGraph = {
  forward: (graph, x) =>
    graph.node('Selu', [x], x.shape, { alpha: { float: alpha }, gamma: { float: lambda } }),
  backward(graph, { y }, gradient) {
    const negative = scale(graph, graph.node('Relu', [scale(graph, y, -1)], y.shape), -1);
    const positive = step(graph, y);
    // min(y, 0) + lambda alpha - [y > 0] (lambda alpha - lambda)
    const slope = add(
      graph,
      add(graph, negative, graph.scalar(lambda * alpha)),
      scale(graph, positive, lambda - lambda * alpha),
    );
    return mul(graph, gradient, slope);
  },
};
