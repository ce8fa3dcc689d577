import * as tf from '@tensorflow/tfjs-core';
import type { SimpleRnnLayer } from '../../models/model-spec.js';
import type { LayerContext } from './layer.js';
import { gateInputs, zeroState } from './sequence.js';

/** h = tanh(x W + h' U + b) with h' the one before (Elman 1990); the last h. */
export function simpleRnn(context: LayerContext, { units }: SimpleRnnLayer, input: tf.Tensor): tf.Tensor {
  const recurrent = context.weight('recurrent_kernel');
  return gateInputs(context, input).reduce(
    (hidden, x) => tf.tanh(tf.add(x, tf.matMul(hidden, recurrent))),
    zeroState(input, units),
  );
}
