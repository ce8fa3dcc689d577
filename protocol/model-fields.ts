import { z } from 'zod';
import { field, numeric, wholeNumber } from './config-field.js';

/** Whole numbers with commas between them, or a list. */
const widths = (least: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
    z.array(wholeNumber(1, 65_536)).min(least).max(16),
  );

const modelTypes = [
  'mlp',
  'logreg',
  'linreg',
  'cnn',
  'rnn',
  'lstm',
  'gru',
  'mobilenet',
  'random_forest',
  'kmeans',
] as const;

const lowerCase = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** A family by any spelling of its name: `LogReg`, `MobileNetV2`. */
function modelTypeOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const plain = (name: string): string => name.toLowerCase().replace(/[-_ ]|v2$/g, '');
  return modelTypes.find((type) => plain(type) === plain(value)) ?? value;
}

/** What is to be learnt, and by which model. */
export const modelFields = {
  taskType: field(
    z.preprocess(lowerCase, z.enum(['classification', 'regression', 'clustering'])).optional(),
    {
      flag: '--task-type',
      group: 'Model and training',
      scope: 'experiment',
      description: 'what is to be learnt; default: what the dataset is for, or clustering with kmeans',
    },
  ),
  modelType: field(z.preprocess(modelTypeOf, z.enum(modelTypes)).default('mlp'), {
    flag: '--model-type',
    group: 'Model and training',
    scope: 'experiment',
    description: 'model family; default: mlp, or kmeans for clustering',
  }),
  nEstimators: field(wholeNumber(1, 10_000).default(100), {
    flag: '--n-estimators',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description:
      'random_forest: trees of the global model after the last round; they come evenly over the rounds',
  }),
  maxDepth: field(wholeNumber(1, 1000).optional(), {
    flag: '--max-depth',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description: 'random_forest: splits from root to leaf at most; default: until leaves are pure',
  }),
  clusters: field(wholeNumber(1, 10_000).optional(), {
    flag: '--clusters',
    placeholder: 'K',
    group: 'Model and training',
    scope: 'experiment',
    description: 'kmeans: clusters; default: the dataset’s classes, or 8',
  }),
  init: field(z.enum(['k-means++', 'random']).default('k-means++'), {
    flag: '--init',
    group: 'Model and training',
    scope: 'experiment',
    description: 'kmeans: how a client draws the centroids it starts from',
  }),
  nInit: field(wholeNumber(1, 1000).default(10), {
    flag: '--n-init',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description: 'kmeans: starts of a client, the best of which is kept',
  }),
  maxIter: field(wholeNumber(1, 100_000).default(300), {
    flag: '--max-iter',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description: 'kmeans: Lloyd iterations of a start at most',
  }),
  tol: field(numeric(z.number().min(0).max(1)).default(1e-4), {
    flag: '--tol',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'kmeans: movement of the centroids, relative to the variance of the data, that ends a start',
  }),
  convFilters: field(widths(1).default([16, 32]), {
    flag: '--conv-filters',
    placeholder: 'LIST',
    group: 'Model and training',
    scope: 'experiment',
    description: 'filters of the convolutions of a cnn, each followed by a 2x2 max-pooling',
  }),
  hiddenLayers: field(widths(0).default([128, 64]), {
    flag: '--hidden-layers',
    placeholder: 'LIST',
    group: 'Model and training',
    scope: 'experiment',
    description: 'widths of the hidden layers, such as "128,64"; cnn and recurrent families use the last one',
  }),
  activation: field(
    z.enum(['relu', 'tanh', 'sigmoid', 'gelu', 'elu', 'selu', 'softplus', 'linear']).default('relu'),
    {
      flag: '--activation',
      group: 'Model and training',
      scope: 'experiment',
      description: 'activation of the MLP’s hidden layers',
    },
  ),
  dropout: field(numeric(z.number().min(0).max(0.95)).default(0), {
    flag: '--dropout',
    placeholder: 'P',
    group: 'Model and training',
    scope: 'experiment',
    description: 'share of an MLP’s hidden values set to 0 in training',
  }),
};
