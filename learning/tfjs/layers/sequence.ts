import * as tf from '@tensorflow/tfjs-core';
import type { LayerContext } from './layer.js';

/** x W + b of all gates at each time, [batch, gates * units]: one product for all times. */
export function gateInputs({ weight }: LayerContext, input: tf.Tensor): tf.Tensor[] {
  const [batch = 0, times = 0, features = 0] = input.shape;
  const rows = tf.reshape(input, [batch * times, features]);
  const all = tf.add(tf.matMul(rows, weight('kernel')), weight('bias'));
  // TensorFlow.js has no gradient of a single one that is unstacked.
  return times === 1 ? [all] : tf.unstack(tf.reshape(all, [batch, times, -1]), 1);
}

/** What a recurrence begins with. */
export function zeroState({ shape: [batch = 0] }: tf.Tensor, units: number): tf.Tensor {
  return tf.zeros([batch, units]);
}
