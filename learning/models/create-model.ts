import { FleetError, type RunConfig } from '#protocol';
import type { DatasetInfo } from '../datasets/dataset-info.js';
import { cnnSpec } from './cnn.js';
import { mlpSpec } from './mlp.js';
import { mobilenetSpec } from './mobilenet.js';
import type { ModelSpec } from './model-spec.js';
import { recurrentSpec } from './recurrent.js';

/** What of a run's configuration makes its model. */
export type ModelConfig = Pick<RunConfig, 'modelType' | 'hiddenLayers' | 'activation' | 'dropout'>;

/** Units of a family's one hidden layer where the configuration names none. */
const defaultUnits = 64;

/**
 * The model of a run on a dataset.
 * @example createModel(datasetInfo('mnist'), config)
 */
export function createModel(
  data: Pick<DatasetInfo, 'name' | 'task' | 'inputShape' | 'classes'>,
  { modelType, hiddenLayers, activation, dropout }: ModelConfig,
): ModelSpec {
  if (data.task === 'regression') {
    throw new FleetError('CONFIG_INVALID', `--dataset ${data.name}: no model family for regression yet`);
  }
  const units = hiddenLayers.at(-1) ?? defaultUnits;
  switch (modelType) {
    case 'mlp':
      return mlpSpec(data, hiddenLayers, { activation, dropout });
    case 'logreg':
      return mlpSpec(data, []);
    case 'cnn':
      return cnnSpec(data, undefined, units);
    case 'rnn':
      return recurrentSpec(data, 'simple-rnn', units);
    case 'lstm':
    case 'gru':
      return recurrentSpec(data, modelType, units);
    case 'mobilenet':
      return mobilenetSpec(data);
  }
}
