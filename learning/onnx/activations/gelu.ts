import type { Graph, Value } from '../graph.js';
import { add, exp, mul, scale } from '../operators.js';
import type { ActivationGraph } from './activation.js';

/** The standard normal distribution function, P(X <= x) = (1 + erf(x / sqrt 2)) / 2. */
function normalDistribution(graph: Graph, x: Value): Value {
  const erf = graph.node('Erf', [scale(graph, x, Math.SQRT1_2)], x.shape);
  return scale(graph, add(graph, erf, graph.scalar(1)), 0.5);
}

/** y = x P(x) (Hendrycks & Gimpel 2016, the exact form), y' = P(x) + x p(x) with p the normal density. */
export const gelu: ActivationGraph = {
  forward: (graph, x) => mul(graph, x, normalDistribution(graph, x)),
  backward(graph, { x }, gradient) {
    const density = scale(
      graph,
      exp(graph, scale(graph, mul(graph, x, x), -0.5)),
      1 / Math.sqrt(2 * Math.PI),
    );
    return mul(graph, gradient, add(graph, normalDistribution(graph, x), mul(graph, x, density)));
  },
};
