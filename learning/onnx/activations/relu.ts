import type { Graph, Value } from '../graph.js';
import { mul } from '../operators.js';
import type { ActivationGraph } from './activation.js';

/**
 * 1 where x > 0, else 0. A hard sigmoid min(1, max(0, 3e38 x)), because ONNX Runtime computes that in
 * one vectorised pass: comparison and choice take four times as long. (Positive x below 4e-39 give less.)
 */
export function step(graph: Graph, x: Value): Value {
  return graph.node('HardSigmoid', [x], x.shape, { alpha: { float: 3e38 }, beta: { float: 0 } });
}

/** y = max(x, 0); its slope at 0 is 0. */
export const relu: ActivationGraph = {
  forward: (graph, x) => graph.node('Relu', [x], x.shape),
  backward: (graph, { y }, gradient) => mul(graph, gradient, step(graph, y)),
};
