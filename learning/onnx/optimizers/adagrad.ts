import type { AdagradSpec } from '../../optimizers/optimizer-spec.js';
import { add, addScaled, div, mul, sqrt } from '../operators.js';
import type { OptimizerGraph } from './optimizer.js';

const epsilon = 1e-7;

/** Adagrad (Duchi et al. 2011) as `tf.train.adagrad` has it: s += g^2, w -= rate * g / sqrt(s + epsilon). */
export function adagrad({ initialSum = 0.1 }: AdagradSpec): OptimizerGraph {
  return {
    initialState: [initialSum],
    scalarNames: ['move'],
    scalars: (_, learningRate) => [-learningRate],
    update(graph, { weights, gradient: source, state: [old], scalars: { move } }) {
      if (!old || !move) throw new RangeError('Adagrad lacks its state');
      const gradient = source.value(graph);
      const sum = add(graph, old, mul(graph, gradient, gradient));
      const root = sqrt(graph, add(graph, sum, graph.scalar(epsilon)));
      return { weights: addScaled(graph, weights, div(graph, gradient, root), move), state: [sum] };
    },
  };
}
