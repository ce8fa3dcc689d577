import type { SgdSpec } from '../../optimizers/optimizer-spec.js';
import { add, addScaled } from '../operators.js';
import type { OptimizerGraph } from './optimizer.js';

/** Stochastic gradient descent: w -= rate * g. */
export const sgd: OptimizerGraph = {
  initialState: [],
  scalarNames: [],
  scalars: () => [],
  takesMoves: true,
  update: (graph, { weights, gradient }) => ({ weights: gradient.addTo(graph, weights), state: [] }),
};

/**
 * With momentum: u = momentum * u - rate * g and w += u, or w += momentum * u - rate * g with Nesterov's
 * (Sutskever et al. 2013, equations 1 and 2, as in Keras). TensorFlow.js has the rate outside of u,
 * which is the same as long as the rate is.
 */
export function momentum({ momentum: factor = 0, nesterov = false }: SgdSpec): OptimizerGraph {
  return {
    ...sgd,
    initialState: [0],
    update(graph, { weights, gradient, state: [velocity = weights] }) {
      const move = gradient.value(graph);
      const next = addScaled(graph, move, velocity, factor);
      const ahead = nesterov ? addScaled(graph, move, next, factor) : next;
      return { weights: add(graph, weights, ahead), state: [next] };
    },
  };
}
