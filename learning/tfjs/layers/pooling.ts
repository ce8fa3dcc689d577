import * as tf from '@tensorflow/tfjs-core';
import type { AveragePool2dLayer, MaxPool2dLayer } from '../../models/model-spec.js';
import { fourAxes } from './image.js';

export function maxPool2d({ size }: MaxPool2dLayer, input: tf.Tensor): tf.Tensor {
  return tf.maxPool(fourAxes(input), size, size, 'valid');
}

export function averagePool2d({ size }: AveragePool2dLayer, input: tf.Tensor): tf.Tensor {
  return tf.avgPool(fourAxes(input), size, size, 'valid');
}

export function globalAveragePool2d(input: tf.Tensor): tf.Tensor {
  return tf.mean(input, [1, 2]);
}
