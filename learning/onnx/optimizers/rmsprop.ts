import type { RmsPropSpec } from '../../optimizers/optimizer-spec.js';
import { add, addScaled, div, mul, sqrt } from '../operators.js';
import type { OptimizerGraph } from './optimizer.js';

/**
 * RMSprop (Tieleman & Hinton 2012) as `tf.train.rmsprop` has it: s = rho * s + (1 - rho) * g^2,
 * u = momentum * u + rate * g / sqrt(s + epsilon), w -= u. The state holds S = s / (1 - rho) and
 * U = u sqrt(1 - rho) / rate, which is the same as long as the rate is: new gradients enter as they are, and
 * U = momentum * U + g / sqrt(S + epsilon / (1 - rho)), w += move U.
 */
export function rmsProp({ rho = 0.9, momentum = 0, epsilon = 1e-7 }: RmsPropSpec): OptimizerGraph {
  return {
    initialState: momentum === 0 ? [0] : [0, 0],
    scalarNames: ['move'],
    scalars: (_, learningRate) => [-learningRate / Math.sqrt(1 - rho)],
    update(graph, { weights, gradient: source, state: [oldSquare, oldVelocity], scalars: { move } }) {
      if (!oldSquare || !move) throw new RangeError('RMSprop lacks its state');
      const gradient = source.value(graph);
      const square = addScaled(graph, mul(graph, gradient, gradient), oldSquare, rho);
      const root = sqrt(graph, add(graph, square, graph.scalar(epsilon / (1 - rho))));
      const entering = div(graph, gradient, root);
      if (oldVelocity === undefined) {
        return { weights: addScaled(graph, weights, entering, move), state: [square] };
      }
      const velocity = addScaled(graph, entering, oldVelocity, momentum);
      return { weights: addScaled(graph, weights, velocity, move), state: [square, velocity] };
    },
  };
}
