import type { Graph, Value } from '../graph.js';
import { mul } from '../operators.js';
import type { ActivationGraph } from './activation.js';
import { step } from './relu.js';

/** y = min(6, max(0, x)), y' = 1 where 0 < y < 6. */
export const relu6: ActivationGraph = {
  forward: (graph, x) => graph.node('Clip', [x, graph.scalar(0), graph.scalar(6)], x.shape),
  backward(graph, { y }, gradient) {
    return mul(graph, gradient, mul(graph, step(graph, y), below6(graph, y)));
  },
};

/** 1 where y < 6, 0 where it is 6, as in `step`; with a power of two, so that 6 gives exactly 0. */
function below6(graph: Graph, y: Value): Value {
  return graph.node('HardSigmoid', [y], y.shape, {
    alpha: { float: -(2 ** 120) },
    beta: { float: 6 * 2 ** 120 },
  });
}
