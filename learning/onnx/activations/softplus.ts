import { mul } from '../operators.js';
import type { ActivationGraph } from './activation.js';

/** y = ln(1 + e^x), y' = 1 / (1 + e^-x). */
export const softplus: ActivationGraph = {
  forward: (graph, x) => graph.node('Softplus', [x], x.shape),
  backward: (graph, { x }, gradient) => mul(graph, gradient, graph.node('Sigmoid', [x], x.shape)),
};
