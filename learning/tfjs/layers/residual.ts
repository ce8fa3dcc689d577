import * as tf from '@tensorflow/tfjs-core';
import type { ResidualLayer } from '../../models/model-spec.js';
import { applyLayers, type LayerContext } from './layer.js';

/** x + f(x) (He et al. 2016). */
export function residual(context: LayerContext, { layers }: ResidualLayer, input: tf.Tensor): tf.Tensor {
  return tf.add(input, applyLayers(context, layers, input));
}
