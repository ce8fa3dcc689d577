import * as tf from '@tensorflow/tfjs-core';
import type { DropoutLayer } from '../../models/model-spec.js';
import type { LayerContext } from './layer.js';

/** Inverted dropout (Srivastava et al. 2014). The mask is ours: TensorFlow.js draws from its own stream. */
export function dropout(context: LayerContext, { rate }: DropoutLayer, input: tf.Tensor): tf.Tensor {
  return context.training && rate > 0 ? tf.mul(input, context.mask(input.shape, rate)) : input;
}
