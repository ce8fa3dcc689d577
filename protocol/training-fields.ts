import { z } from 'zod';
import { field, numeric, wholeNumber } from './config-field.js';

/** How a client trains. */
export const trainingFields = {
  optimizer: field(z.enum(['adam', 'adamw', 'sgd', 'rmsprop', 'adagrad']).default('adam'), {
    flag: '--optimizer',
    group: 'Model and training',
    scope: 'experiment',
    description: 'local optimiser, fresh in every round',
  }),
  learningRate: field(numeric(z.number().positive().max(100)).default(0.001), {
    flag: '--learning-rate',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'step size of the local optimiser',
  }),
  momentum: field(numeric(z.number().min(0).max(0.9999)).default(0), {
    flag: '--momentum',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'momentum of sgd',
  }),
  weightDecay: field(numeric(z.number().min(0).max(10)).default(0), {
    flag: '--weight-decay',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'L2 penalty of kernels; with adamw decoupled from the gradient',
  }),
  clipNorm: field(numeric(z.number().positive().max(1e6)).optional(), {
    flag: '--clip-norm',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'gradients with a longer norm are shortened to this; off by default',
  }),
  proximalMu: field(numeric(z.number().min(0).max(1000)).default(0), {
    flag: '--proximal-mu',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'FedProx: weight of the squared distance to the global model',
  }),
  batchSize: field(wholeNumber(1, 65_536).default(32), {
    flag: '--batch-size',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description: 'samples a training step',
  }),
  epochsPerRound: field(wholeNumber(1, 1000).default(1), {
    flag: '--epochs-per-round',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description: 'passes over the local data in one round',
  }),
  earlyStoppingPatience: field(wholeNumber(1, 1000).optional(), {
    flag: '--early-stopping-patience',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description:
      'local training ends after N epochs without a lower loss on a held-out tenth of the local data, and keeps the best epoch’s weights; off by default',
  }),
  engine: field(z.enum(['auto', 'onnx', 'tfjs']).default('auto'), {
    flag: '--engine',
    group: 'Model and training',
    scope: 'experiment',
    description: 'training engine; auto takes the fastest that works here: onnx, else tfjs',
  }),
};
