import * as tf from '@tensorflow/tfjs-core';
import { type Samples, sampleSize } from '../datasets/samples.js';

/** The features of some samples as they enter a model: [batch, ...shape of a sample]. */
export function featuresOf({ features, inputShape, scale }: Samples, indices: Uint32Array): tf.Tensor {
  const size = sampleSize(inputShape);
  const values = new Float32Array(indices.length * size);
  let to = 0;
  for (const index of indices) {
    const from = index * size;
    for (let i = 0; i < size; i++) values[to++] = (features[from + i] ?? 0) * scale;
  }
  return tf.tensor(values, [indices.length, ...inputShape]);
}

/** What a model's outputs for some samples should be: [batch, outputs], one-hot for classes. */
export function targetsOf({ labels, targets }: Samples, indices: Uint32Array, outputs: number): tf.Tensor {
  const values = new Float32Array(indices.length * outputs);
  for (const [row, index] of indices.entries()) {
    if (targets === undefined) values[row * outputs + (labels[index] ?? 0)] = 1;
    else values.set(targets.subarray(index * outputs, (index + 1) * outputs), row * outputs);
  }
  return tf.tensor(values, [indices.length, outputs]);
}
