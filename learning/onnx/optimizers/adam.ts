import type { AdamSpec, AdamWSpec } from '../../optimizers/optimizer-spec.js';
import type { Graph } from '../graph.js';
import { add, addScaled, div, mul, scale, sqrt } from '../operators.js';
import type { OptimizerGraph, UpdateInput, UpdateResult } from './optimizer.js';

/**
 * Adam (Kingma & Ba 2015, Algorithm 1) with the defaults of Keras and TensorFlow.js, arranged for the
 * fewest passes over memory: the state holds M = m / (1 - beta1) and V = v / (1 - beta2), so that new
 * gradients enter as they are, and all other factors are two numbers a step,
 *
 *   w -= rate m^ / (sqrt(v^) + epsilon) = -move M / (sqrt(V) + addend).
 */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }: Omit<AdamSpec, 'kind'>): OptimizerGraph {
  return {
    initialState: [0, 0],
    scalarNames: ['move', 'addend'],
    scalars(step, learningRate) {
      const ofFirst = (1 - beta1) / (1 - beta1 ** step);
      const ofRoot = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
      return [(-learningRate * ofFirst) / ofRoot, epsilon / ofRoot];
    },
    update: (graph, input) => adamUpdate(graph, input, beta1, beta2),
  };
}

/** AdamW (Loshchilov & Hutter 2019, Algorithm 2, as in Keras): w decays by rate * decay * w by itself. */
export function adamW(spec: AdamWSpec): OptimizerGraph {
  const { scalars, scalarNames, ...plain } = adam(spec);
  return {
    ...plain,
    scalarNames: [...scalarNames, 'learningRate'],
    scalars: (step, learningRate) => [...scalars(step, learningRate), learningRate],
    decoupledDecay: true,
    update(graph, input, decay) {
      const { weights, state } = plain.update(graph, input, 0);
      const { learningRate } = input.scalars;
      if (decay === 0 || learningRate === undefined) return { weights, state };
      return { weights: addScaled(graph, weights, input.weights, scale(graph, learningRate, -decay)), state };
    },
  };
}

function adamUpdate(
  graph: Graph,
  { weights, gradient: source, state, scalars }: UpdateInput,
  beta1: number,
  beta2: number,
): UpdateResult {
  const [oldFirst, oldSecond] = state;
  const { move, addend } = scalars;
  if (!oldFirst || !oldSecond || !move || !addend) throw new RangeError('Adam lacks its state');
  const gradient = source.value(graph);
  // The first moment last: what the weights move by is then computed while it is in the cache.
  const second = addScaled(graph, mul(graph, gradient, gradient), oldSecond, beta2);
  const root = add(graph, sqrt(graph, second), addend);
  const first = addScaled(graph, gradient, oldFirst, beta1);
  return { weights: addScaled(graph, weights, div(graph, first, root), move), state: [first, second] };
}
