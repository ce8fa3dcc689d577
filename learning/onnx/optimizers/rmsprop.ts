import type { RmsPropSpec } from '../../optimizers/optimizer-spec.js';
import { add, addScaled, div, mul, scale, sqrt, sub } from '../operators.js';
import type { OptimizerGraph } from './optimizer.js';

/**
 * RMSprop (Tieleman & Hinton 2012) as `tf.train.rmsprop` has it: s = rho * s + (1 - rho) * g^2,
 * u = momentum * u + rate * g / sqrt(s + epsilon), w -= u.
 */
export function rmsProp({ rho = 0.9, momentum = 0, epsilon = 1e-7 }: RmsPropSpec): OptimizerGraph {
  return {
    initialState: momentum === 0 ? [0] : [0, 0],
    scalarNames: ['learningRate'],
    scalars: (_, learningRate) => [learningRate],
    update(graph, { weights, gradient: source, state: [square = weights, velocity], scalars }) {
      const gradient = source.value(graph);
      const rate = scalars.learningRate ?? graph.scalar(Number.NaN);
      const entering = scale(graph, mul(graph, gradient, gradient), 1 - rho);
      const mean = addScaled(graph, entering, square, rho);
      const root = sqrt(graph, add(graph, mean, graph.scalar(epsilon)));
      const move = div(graph, mul(graph, gradient, rate), root);
      if (velocity === undefined) return { weights: sub(graph, weights, move), state: [mean] };
      const next = addScaled(graph, move, velocity, momentum);
      return { weights: sub(graph, weights, next), state: [mean, next] };
    },
  };
}
