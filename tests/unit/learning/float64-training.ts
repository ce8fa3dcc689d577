import { type ModelSpec, type OptimizerSpec, type Samples, type TrainOptions, weightLayout } from '#learning';
import { gradientInFloat64 } from './float64-gradient.js';
import { between, inTrainingOrder } from './learning-fixtures.js';

/** Moves one weight by its gradient, at a step counted from 1; keeps what it remembers. */
type Rule = (weight: number, gradient: number, step: number) => number;

/** The papers' update rules, one weight at a time, with the defaults of Keras and TensorFlow.js. */
function ruleOf(spec: OptimizerSpec, rate: number): Rule {
  switch (spec.kind) {
    case 'sgd': {
      const { momentum = 0, nesterov = false } = spec;
      let velocity = 0;
      return (w, g) => {
        velocity = momentum * velocity + g;
        return w - rate * (nesterov ? momentum * velocity + g : velocity);
      };
    }
    case 'adam':
    case 'adamw': {
      const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = spec;
      let [first, second] = [0, 0];
      return (w, g, step) => {
        first = beta1 * first + (1 - beta1) * g;
        second = beta2 * second + (1 - beta2) * g ** 2;
        const root = Math.sqrt(second / (1 - beta2 ** step));
        return w - (rate * (first / (1 - beta1 ** step))) / (root + epsilon);
      };
    }
    case 'rmsprop': {
      const { rho = 0.9, momentum = 0, epsilon = 1e-7 } = spec;
      let [square, velocity] = [0, 0];
      return (w, g) => {
        square = rho * square + (1 - rho) * g ** 2;
        velocity = momentum * velocity + (rate * g) / Math.sqrt(square + epsilon);
        return w - velocity;
      };
    }
    case 'adagrad': {
      let sum = spec.initialSum ?? 0.1;
      return (w, g) => {
        sum += g ** 2;
        return w - (rate * g) / Math.sqrt(sum + 1e-7);
      };
    }
  }
}

/**
 * Whole training in float64, by central differences and the rules above: with the proximal term, then
 * clipping, then weight decay, which is decoupled for AdamW. For small models without dropout or moving
 * averages.
 */
export function trainInFloat64(
  spec: ModelSpec,
  start: Float32Array,
  samples: Samples,
  options: TrainOptions,
): Float64Array {
  const { epochs, batchSize, shuffle, learningRate, optimizer } = options;
  const { weightDecay = 0, clipNorm = Number.POSITIVE_INFINITY, proximalMu = 0 } = options;
  const { tensors } = weightLayout(spec);
  const decays = tensors.flatMap(({ size, shape }) => new Array<boolean>(size).fill(shape.length > 1));
  const weights = Float64Array.from(start);
  const rules = Array.from(weights, () => ruleOf(optimizer, learningRate));
  let ordered = samples;
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    ordered = inTrainingOrder(ordered, shuffle);
    for (let at = 0; at < samples.count; at += batchSize) {
      step++;
      const batch = between(ordered, at, Math.min(at + batchSize, samples.count));
      const { gradient } = gradientInFloat64(spec, weights, batch);
      const proximal = weights.map((w, i) => gradient.get(i)! + proximalMu * (w - start[i]!));
      const norm = Math.hypot(...proximal);
      for (const [i, w] of weights.entries()) {
        const decay = decays[i] ? weightDecay * w : 0;
        const g = proximal[i]! * Math.min(1, clipNorm / norm);
        const decoupled = optimizer.kind === 'adamw';
        weights[i] = rules[i]!(w, decoupled ? g : g + decay, step) - (decoupled ? learningRate * decay : 0);
      }
    }
  }
  return weights;
}
