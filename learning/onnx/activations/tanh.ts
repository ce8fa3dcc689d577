import { complement, mul } from '../operators.js';
import type { ActivationGraph } from './activation.js';

/** y' = 1 - y^2. */
export const tanh: ActivationGraph = {
  forward: (graph, x) => graph.node('Tanh', [x], x.shape),
  backward: (graph, { y }, gradient) => mul(graph, gradient, complement(graph, mul(graph, y, y))),
};
