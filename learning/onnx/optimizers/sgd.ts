import type { SgdSpec } from '../../optimizers/optimizer-spec.js';
import { add, scale, sub } from '../operators.js';
import type { OptimizerGraph } from './optimizer.js';

/** Stochastic gradient descent: w -= rate * g. */
export const sgd: OptimizerGraph = {
  initialState: [],
  scalarNames: ['learningRate'],
  scalars: (_, learningRate) => [learningRate],
  scaledGradient: true,
  update: (graph, { weights, gradient }) => ({ weights: sub(graph, weights, gradient), state: [] }),
};

/**
 * With momentum: u = momentum * u + rate * g and w -= u, or w -= rate * g + momentum * u with Nesterov's
 * (Sutskever et al. 2013, as in Keras). The rate is within u: equal to TensorFlow.js, which has it
 * outside, as long as it stays the same.
 */
export function momentum({ momentum: factor = 0, nesterov = false }: SgdSpec): OptimizerGraph {
  return {
    ...sgd,
    initialState: [0],
    update(graph, { weights, gradient, state: [velocity = weights] }) {
      const next = add(graph, scale(graph, velocity, factor), gradient);
      const move = nesterov ? add(graph, scale(graph, next, factor), gradient) : next;
      return { weights: sub(graph, weights, move), state: [next] };
    },
  };
}
