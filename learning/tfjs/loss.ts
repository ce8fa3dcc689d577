import * as tf from '@tensorflow/tfjs-core';
import type { ModelSpec } from '../models/model-spec.js';

/** The mean of a batch's losses. Targets [batch, outputs] are one-hot for classes. */
export function meanLoss(loss: ModelSpec['loss'], targets: tf.Tensor, outputs: tf.Tensor): tf.Scalar {
  switch (loss) {
    case 'softmax-cross-entropy':
      return tf.losses.softmaxCrossEntropy(targets, outputs);
    case 'mean-squared-error':
      return tf.losses.meanSquaredError(targets, outputs);
  }
}
