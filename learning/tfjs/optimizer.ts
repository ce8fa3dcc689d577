import * as tf from '@tensorflow/tfjs-core';
import type { OptimizerSpec } from '../optimizers/optimizer-spec.js';

/** What divisors are kept above 0 by. */
const defaultEpsilon = 1e-7;

/**
 * The optimiser of TensorFlow.js, fresh. AdamW's is Adam: its weight decay, decoupled from the gradient,
 * is not the optimiser's affair.
 */
export function createOptimizer(spec: OptimizerSpec, learningRate: number): tf.Optimizer {
  switch (spec.kind) {
    case 'sgd': {
      const { momentum = 0, nesterov = false } = spec;
      return momentum === 0
        ? tf.train.sgd(learningRate)
        : tf.train.momentum(learningRate, momentum, nesterov);
    }
    case 'adam':
    case 'adamw': {
      const { beta1 = 0.9, beta2 = 0.999, epsilon = defaultEpsilon } = spec;
      return tf.train.adam(learningRate, beta1, beta2, epsilon);
    }
    case 'rmsprop': {
      const { rho = 0.9, momentum = 0, epsilon = defaultEpsilon } = spec;
      return tf.train.rmsprop(learningRate, rho, momentum, epsilon);
    }
    case 'adagrad':
      return tf.train.adagrad(learningRate, spec.initialSum ?? 0.1);
  }
}
