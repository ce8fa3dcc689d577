import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormLayer } from '../../models/model-spec.js';
import type { LayerContext } from './layer.js';

/** gamma (x - mean) / sqrt(variance + epsilon) + beta (Ioffe & Szegedy 2015, Algorithms 1 and 2). */
export function batchNorm(context: LayerContext, layer: BatchNormLayer, input: tf.Tensor): tf.Tensor {
  const { momentum = 0.99, epsilon = 1e-3 } = layer;
  const [movingMean, movingVariance] = [context.weight('moving_mean'), context.weight('moving_variance')];
  const axes = [...input.shape.keys()].slice(0, -1);
  const { mean, variance } = context.training
    ? tf.moments(input, axes)
    : { mean: movingMean, variance: movingVariance };
  if (context.training) {
    context.renew('moving_mean', moved(movingMean, mean, momentum));
    context.renew('moving_variance', moved(movingVariance, variance, momentum));
  }
  const normal = tf.div(tf.sub(input, mean), tf.sqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(normal, context.weight('gamma')), context.weight('beta'));
}

/** A moving average after one more value: old - (1 - momentum) (old - value). */
function moved(old: tf.Tensor, value: tf.Tensor, momentum: number): tf.Tensor {
  return tf.sub(old, tf.mul(tf.sub(old, value), 1 - momentum));
}
