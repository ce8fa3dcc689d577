import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { createOptimizer } from '#internal/learning/optimizers/optimizer.js';
import { randomStream } from '#protocol';

/** The optimisers of TensorFlow.js on the same gradients. */
const references = {
  adam: () => tf.train.adam(0.01, 0.9, 0.999, 1e-7),
  sgd: () => tf.train.sgd(0.01),
};

describe.each(['adam', 'sgd'] as const)('%s', (name) => {
  it('moves weights as TensorFlow.js does', async () => {
    tf.enableProdMode();
    await tf.setBackend('cpu');
    const size = 50;
    const stream = randomStream(1, 'init');
    const draw = () => Float32Array.from({ length: size }, () => stream.normal());
    const weights = draw();
    const variable = tf.variable(tf.tensor1d(weights.slice()), true, `weights-of-${name}`);
    const step = createOptimizer({ kind: name }, 0.01, size);
    const reference = references[name]();
    for (let i = 0; i < 20; i++) {
      const gradient = draw();
      step(weights, gradient);
      reference.applyGradients([{ name: `weights-of-${name}`, tensor: tf.tensor1d(gradient) }]);
    }
    for (const [i, expected] of variable.dataSync().entries()) expect(weights[i]).toBeCloseTo(expected, 5);
  });
});

it('a fresh Adam does not remember an earlier one', () => {
  const run = () => {
    const weights = Float32Array.of(1, 2, 3);
    const step = createOptimizer({ kind: 'adam' }, 0.1, 3);
    for (let i = 0; i < 3; i++) step(weights, Float32Array.of(0.5, -0.5, 0));
    return weights;
  };
  expect(run()).toEqual(run());
  expect(run()[2]).toBe(3);
});
