import * as tf from '@tensorflow/tfjs-core';
import type { GruLayer } from '../../models/model-spec.js';
import type { LayerContext } from './layer.js';
import { gateInputs, zeroState } from './sequence.js';

/**
 * h = z h' + (1 - z) tanh(x W_h + (r h') U_h + b_h) with z = s(x W_z + h' U_z + b_z) and r alike; the
 * last h.
 */
export function gru(context: LayerContext, { units }: GruLayer, input: tf.Tensor): tf.Tensor {
  const recurrent = context.weight('recurrent_kernel');
  const [forUpdateAndReset, forCandidate] = tf.split(recurrent, [2 * units, units], 1);
  if (forUpdateAndReset === undefined || forCandidate === undefined)
    throw new RangeError('a GRU has three gates');
  let hidden = zeroState(input, units);
  for (const x of gateInputs(context, input)) {
    const [xGates = x, xCandidate = x] = tf.split(x, [2 * units, units], 1);
    const gates = tf.sigmoid(tf.add(xGates, tf.matMul(hidden, forUpdateAndReset)));
    const [z = gates, r = gates] = tf.split(gates, 2, 1);
    const candidate = tf.tanh(tf.add(xCandidate, tf.matMul(tf.mul(r, hidden), forCandidate)));
    hidden = tf.add(tf.mul(z, hidden), tf.mul(tf.sub(1, z), candidate));
  }
  return hidden;
}
