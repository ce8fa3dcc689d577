import { complement, mul } from '../operators.js';
import type { ActivationGraph } from './activation.js';

/** y = 1 / (1 + e^-x), y' = y (1 - y). */
export const sigmoid: ActivationGraph = {
  forward: (graph, x) => graph.node('Sigmoid', [x], x.shape),
  backward: (graph, { y }, gradient) => mul(graph, gradient, mul(graph, y, complement(graph, y))),
};
