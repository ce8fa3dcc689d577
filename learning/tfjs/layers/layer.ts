import * as tf from '@tensorflow/tfjs-core';
import type { LayerSpec } from '../../models/model-spec.js';
import { activations } from '../activations.js';
import { batchNorm } from './batch-norm.js';
import { conv2d, depthwiseConv2d } from './convolution.js';
import { dense } from './dense.js';
import { dropout } from './dropout.js';
import { gru } from './gru.js';
import { lstm } from './lstm.js';
import { averagePool2d, globalAveragePool2d, maxPool2d } from './pooling.js';
import { residual } from './residual.js';
import { simpleRnn } from './simple-rnn.js';

/** What a layer needs besides its input. */
export interface LayerContext {
  readonly training: boolean;
  /** One of the layer's weights, by its name in the weight layout. */
  weight(name: string): tf.Tensor;
  /** Sets a weight that is not trained to its value behind this step. */
  renew(name: string, value: tf.Tensor): void;
  /** A dropout mask: 0 with probability `rate`, else 1 / (1 - rate). */
  mask(shape: readonly number[], rate: number): tf.Tensor;
}

/**
 * A layer's output. Only the forward pass is written here, TensorFlow.js differentiates it: an engine
 * that shares nothing with the other but the specification.
 *
 * @param input [batch, ...shape of a sample]
 */
export function applyLayer(context: LayerContext, layer: LayerSpec, input: tf.Tensor): tf.Tensor {
  const [batch = 0] = input.shape;
  switch (layer.kind) {
    case 'dense':
      return dense(context, layer, input);
    case 'flatten':
      return tf.reshape(input, [batch, -1]);
    case 'reshape':
      return tf.reshape(input, [batch, ...layer.shape]);
    case 'activation':
      return activations[layer.activation](input);
    case 'conv2d':
      return conv2d(context, layer, input);
    case 'depthwise-conv2d':
      return depthwiseConv2d(context, layer, input);
    case 'max-pool2d':
      return maxPool2d(layer, input);
    case 'average-pool2d':
      return averagePool2d(layer, input);
    case 'global-average-pool2d':
      return globalAveragePool2d(input);
    case 'batch-norm':
      return batchNorm(context, layer, input);
    case 'dropout':
      return dropout(context, layer, input);
    case 'simple-rnn':
      return simpleRnn(context, layer, input);
    case 'lstm':
      return lstm(context, layer, input);
    case 'gru':
      return gru(context, layer, input);
    case 'residual':
      return residual(context, layer, input);
  }
}

/** Layers one behind the other, the weights of each named `<index>/<weight>` in the context. */
export function applyLayers(
  context: LayerContext,
  layers: readonly LayerSpec[],
  input: tf.Tensor,
): tf.Tensor {
  return layers.reduce(
    (output, layer, i) =>
      applyLayer(
        {
          ...context,
          weight: (name) => context.weight(`${i}/${name}`),
          renew: (name, value) => context.renew(`${i}/${name}`, value),
        },
        layer,
        output,
      ),
    input,
  );
}
