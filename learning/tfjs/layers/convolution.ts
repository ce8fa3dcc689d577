import * as tf from '@tensorflow/tfjs-core';
import type { Conv2dLayer, DepthwiseConv2dLayer } from '../../models/model-spec.js';
import { activations } from '../activations.js';
import { fourAxes } from './image.js';
import type { LayerContext } from './layer.js';

/** f(x * W + b), a window that sees all channels at once. */
export function conv2d(context: LayerContext, layer: Conv2dLayer, input: tf.Tensor): tf.Tensor {
  const kernel = fourAxes(context.weight('kernel'));
  return finish(context, layer, tf.conv2d(fourAxes(input), kernel, layer.strides, layer.padding));
}

/** The same, every channel by itself. */
export function depthwiseConv2d(
  context: LayerContext,
  layer: DepthwiseConv2dLayer,
  input: tf.Tensor,
): tf.Tensor {
  const kernel = fourAxes(context.weight('kernel'));
  return finish(context, layer, tf.depthwiseConv2d(fourAxes(input), kernel, layer.strides, layer.padding));
}

function finish(
  { weight }: LayerContext,
  { activation, useBias = true }: Conv2dLayer | DepthwiseConv2dLayer,
  x: tf.Tensor,
): tf.Tensor {
  return activations[activation](useBias ? tf.add(x, weight('bias')) : x);
}
