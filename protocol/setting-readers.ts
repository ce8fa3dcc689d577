import type { z } from 'zod';
import { aggregationFields } from './aggregation-fields.js';
import type { FieldMeta } from './config-field.js';
import { FleetError } from './errors.js';
import { modelFields } from './model-fields.js';
import type { RunConfig } from './run-config.js';
import { trainingFields } from './training-fields.js';

const fields = { ...modelFields, ...trainingFields, ...aggregationFields };
type Setting = keyof typeof fields;
type Choice = 'optimizer' | 'modelType' | 'aggregation';

const byGradients = ['mlp', 'logreg', 'linreg', 'cnn', 'rnn', 'lstm', 'gru', 'mobilenet'];

/** Settings that only some values of another setting make use of: which, of what, and those values. */
export const settingReaders: readonly (readonly [Setting, Choice, readonly string[]])[] = [
  ['momentum', 'optimizer', ['sgd']],
  ['activation', 'modelType', ['mlp']],
  ['dropout', 'modelType', ['mlp']],
  ['convFilters', 'modelType', ['cnn']],
  ['nEstimators', 'modelType', ['random_forest']],
  ['maxDepth', 'modelType', ['random_forest']],
  ['clusters', 'modelType', ['kmeans']],
  ['init', 'modelType', ['kmeans']],
  ['nInit', 'modelType', ['kmeans']],
  ['maxIter', 'modelType', ['kmeans']],
  ['tol', 'modelType', ['kmeans']],
  ['hiddenLayers', 'modelType', ['mlp', 'cnn', 'rnn', 'lstm', 'gru']],
  ['optimizer', 'modelType', byGradients],
  ['learningRate', 'modelType', byGradients],
  ['batchSize', 'modelType', byGradients],
  ['epochsPerRound', 'modelType', byGradients],
  ['weightDecay', 'modelType', byGradients],
  ['clipNorm', 'modelType', byGradients],
  ['proximalMu', 'modelType', byGradients],
  ['earlyStoppingPatience', 'modelType', byGradients],
  ['aggregation', 'modelType', byGradients],
  ['serverLearningRate', 'aggregation', ['fedavgm', 'fedadam', 'fedadagrad', 'fedyogi']],
  ['serverMomentum', 'aggregation', ['fedavgm', 'fedadam', 'fedyogi']],
  ['byzantineShare', 'aggregation', ['trimmedmean', 'krum', 'multikrum']],
];

/**
 * Whether a setting has an effect beside others.
 * @param others what of them is known; those that are missing are taken for any
 */
export function isRead(key: string, others: Readonly<Record<string, unknown>>): boolean {
  return settingReaders.every(
    ([setting, choice, values]) =>
      setting !== key || others[choice] === undefined || values.includes(String(others[choice])),
  );
}

/**
 * Refuses settings that would change nothing: the run would be taken for one that they have changed.
 * @throws FleetError CONFIG_INVALID that names the flag, and what would read it
 */
export function assertRead(config: RunConfig): void {
  for (const [setting, choice, values] of settingReaders) {
    if (values.includes(config[choice]) || isStandard(setting, config)) continue;
    const [flag, by] = [flagOf(setting), flagOf(choice)];
    throw new FleetError(
      'CONFIG_INVALID',
      `${flag} ${config[setting]}: has no effect with ${by} ${config[choice]}; leave it out, or take ${by} ${values.join(', ')}`,
    );
  }
}

function isStandard(setting: Setting, config: RunConfig): boolean {
  const schema: z.ZodType = fields[setting];
  return JSON.stringify(schema.parse(undefined)) === JSON.stringify(config[setting]);
}

const flagOf = (key: Setting): string => (fields[key].meta() as FieldMeta | undefined)?.flag ?? key;
