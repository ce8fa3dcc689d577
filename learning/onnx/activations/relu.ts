import { mul, sign } from '../operators.js';
import type { ActivationGraph } from './activation.js';

/** y = max(x, 0); its slope at 0 is 0. The sign of y is the slope, in fewer passes than a comparison. */
export const relu: ActivationGraph = {
  forward: (graph, x) => graph.node('Relu', [x], x.shape),
  backward: (graph, { y }, gradient) => mul(graph, gradient, sign(graph, y)),
};
