import type { AdagradSpec } from '../../optimizers/optimizer-spec.js';
import { add, div, mul, sqrt, sub } from '../operators.js';
import type { OptimizerGraph } from './optimizer.js';

const epsilon = 1e-7;

/** Adagrad (Duchi et al. 2011) as `tf.train.adagrad` has it: s += g^2, w -= rate * g / sqrt(s + epsilon). */
export function adagrad({ initialSum = 0.1 }: AdagradSpec): OptimizerGraph {
  return {
    initialState: [initialSum],
    scalarNames: ['learningRate'],
    scalars: (_, learningRate) => [learningRate],
    update(graph, { weights, gradient: source, state: [old = weights], scalars }) {
      const gradient = source.value(graph);
      const rate = scalars.learningRate ?? graph.scalar(Number.NaN);
      const sum = add(graph, old, mul(graph, gradient, gradient));
      const root = sqrt(graph, add(graph, sum, graph.scalar(epsilon)));
      return { weights: sub(graph, weights, div(graph, mul(graph, gradient, rate), root)), state: [sum] };
    },
  };
}
