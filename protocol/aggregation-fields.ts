import { z } from 'zod';
import { field, numeric } from './config-field.js';

/** How updates can become the next global model; `learning/aggregation` has a class for each. */
export const aggregationNames = [
  'fedavg',
  'fedavgm',
  'fedadam',
  'fedadagrad',
  'fedyogi',
  'median',
  'trimmedmean',
  'krum',
  'multikrum',
] as const;
export type AggregationName = (typeof aggregationNames)[number];

/** How updates are put together. */
export const aggregationFields = {
  aggregation: field(z.enum(aggregationNames).default('fedavg'), {
    flag: '--aggregation',
    group: 'Fleet',
    scope: 'experiment',
    description: 'how a round’s updates become the next global model',
  }),
  serverLearningRate: field(numeric(z.number().positive().max(100)).optional(), {
    flag: '--server-learning-rate',
    placeholder: 'X',
    group: 'Fleet',
    scope: 'experiment',
    description: 'fedavgm: default 1; fedadam, fedadagrad, fedyogi: default 0.01',
  }),
  serverMomentum: field(numeric(z.number().min(0).max(0.9999)).optional(), {
    flag: '--server-momentum',
    placeholder: 'X',
    group: 'Fleet',
    scope: 'experiment',
    description: 'fedavgm, fedadam, fedyogi: default 0.9',
  }),
  byzantineShare: field(numeric(z.number().min(0).max(0.49)).default(0.2), {
    flag: '--byzantine-share',
    placeholder: 'X',
    group: 'Fleet',
    scope: 'experiment',
    description: 'trimmedmean, krum, multikrum: share of a round’s participants that may send anything',
  }),
};
