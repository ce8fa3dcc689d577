import * as tf from '@tensorflow/tfjs-core';
import { FleetError } from '#protocol';
import type { DenseLayer } from '../models/model-spec.js';
import type { TfjsLayer } from './layer.js';

/**
 * activation(x W + b) and its gradients: with d the gradient before the activation, dW = x^T d,
 * db = sum of d over the batch, dx = d W^T.
 *
 * Transposes are operations of their own: the wasm backend multiplies about three times as slowly
 * when its product is asked to transpose.
 */
export function denseLayer({ activation }: DenseLayer): TfjsLayer {
  if (activation !== 'linear' && activation !== 'relu') {
    throw new FleetError('ENGINE_UNAVAILABLE', `tfjs has no dense layers with ${activation}; onnx has`);
  }
  return {
    forward: (input, [kernel, bias]) => {
      if (kernel === undefined || bias === undefined) throw new RangeError('a dense layer has two weights');
      return tf.fused.matMul({ a: rows(input), b: kernel, bias, activation });
    },
    backward: ({ input, output, outputGradient, weights: [kernel] }) => {
      if (kernel === undefined) throw new RangeError('a dense layer has two weights');
      const gradient = activation === 'relu' ? tf.mul(outputGradient, tf.step(output)) : outputGradient;
      return {
        weights: [tf.matMul(tf.transpose(rows(input)), gradient), tf.sum(gradient, 0)],
        input: () => tf.reshape(tf.matMul(gradient, tf.transpose(kernel)), input.shape),
      };
    },
  };
}

/** One row a sample. */
function rows(input: tf.Tensor): tf.Tensor {
  return tf.reshape(input, [input.shape[0] ?? 0, -1]);
}
