import * as tf from '@tensorflow/tfjs-core';
import type { LstmLayer } from '../../models/model-spec.js';
import type { LayerContext } from './layer.js';
import { gateInputs, zeroState } from './sequence.js';

/** c = s(z_f) c' + s(z_i) tanh(z_c), h = s(z_o) tanh(c) with z = x W + h' U + b; the last h. */
export function lstm(context: LayerContext, { units }: LstmLayer, input: tf.Tensor): tf.Tensor {
  const recurrent = context.weight('recurrent_kernel');
  let hidden = zeroState(input, units);
  let cell = zeroState(input, units);
  for (const x of gateInputs(context, input)) {
    const z = tf.add(x, tf.matMul(hidden, recurrent));
    const [i = z, f = z, candidate = z, o = z] = tf.split(z, 4, 1);
    cell = tf.add(tf.mul(tf.sigmoid(f), cell), tf.mul(tf.sigmoid(i), tf.tanh(candidate)));
    hidden = tf.mul(tf.sigmoid(o), tf.tanh(cell));
  }
  return hidden;
}
