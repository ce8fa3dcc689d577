import type { AdamSpec, AdamWSpec } from '../../optimizers/optimizer-spec.js';
import type { Graph } from '../graph.js';
import { addScaled, affine, div, mul, scale, sqrt, sub } from '../operators.js';
import type { OptimizerGraph, UpdateInput, UpdateResult } from './optimizer.js';

/**
 * Adam (Kingma & Ba 2015, Algorithm 1) with the defaults of Keras and TensorFlow.js, arranged for the
 * fewest passes over memory: the state holds M = m / (1 - beta1) and V = v / (1 - beta2), so that new
 * gradients enter as they are, and all other factors are two numbers a step,
 *
 *   w -= rate m^ / (sqrt(v^) + epsilon) = M / (rootFactor sqrt(V) + addend).
 */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }: Omit<AdamSpec, 'kind'>): OptimizerGraph {
  return {
    initialState: [0, 0],
    scalarNames: ['rootFactor', 'addend'],
    scalars(step, learningRate) {
      const factor = (learningRate * (1 - beta1)) / (1 - beta1 ** step);
      return [Math.sqrt((1 - beta2) / (1 - beta2 ** step)) / factor, epsilon / factor];
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
      const lost = mul(graph, input.weights, scale(graph, learningRate, decay));
      return { weights: sub(graph, weights, lost), state };
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
  const { rootFactor, addend } = scalars;
  if (!oldFirst || !oldSecond || !rootFactor || !addend) throw new RangeError('Adam lacks its state');
  const gradient = source.value(graph);
  const first = addScaled(graph, gradient, oldFirst, beta1);
  const second = addScaled(graph, mul(graph, gradient, gradient), oldSecond, beta2);
  const root = affine(graph, sqrt(graph, second), rootFactor, addend);
  return { weights: sub(graph, weights, div(graph, first, root)), state: [first, second] };
}
