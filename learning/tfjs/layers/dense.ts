import * as tf from '@tensorflow/tfjs-core';
import type { DenseLayer } from '../../models/model-spec.js';
import { activations } from '../activations.js';
import type { LayerContext } from './layer.js';

/** f(x W + b), a sample's values in one row. */
export function dense({ weight }: LayerContext, { activation }: DenseLayer, input: tf.Tensor): tf.Tensor {
  const rows = tf.reshape(input, [input.shape[0] ?? 0, -1]);
  return activations[activation](tf.add(tf.matMul(rows, weight('kernel')), weight('bias')));
}
