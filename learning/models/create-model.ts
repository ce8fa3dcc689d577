import type { RunConfig } from '#protocol';
import type { DatasetInfo } from '../datasets/dataset-info.js';
import { cnnSpec } from './cnn.js';
import { linearRegressionSpec } from './linear-regression.js';
import { mlpRegressionSpec, mlpSpec } from './mlp.js';
import { mobilenetSpec } from './mobilenet.js';
import type { ModelSpec } from './model-spec.js';
import { recurrentSpec } from './recurrent.js';
import { runTask } from './run-task.js';

/** What of a run's configuration makes its model. */
export type ModelConfig = Pick<
  RunConfig,
  'taskType' | 'modelType' | 'hiddenLayers' | 'convFilters' | 'activation' | 'dropout'
>;

/** Units of a family's one hidden layer where the configuration names none. */
const defaultUnits = 64;

/**
 * The model of a run on a dataset.
 * @throws FleetError CONFIG_INVALID where dataset, task and model family do not go together
 * @example createModel(datasetInfo('mnist'), config)
 */
export function createModel(
  data: Pick<DatasetInfo, 'name' | 'task' | 'inputShape' | 'classes'>,
  config: ModelConfig,
): ModelSpec {
  const task = runTask(data, config);
  const { modelType, hiddenLayers, convFilters, activation, dropout } = config;
  const units = hiddenLayers.at(-1) ?? defaultUnits;
  switch (modelType) {
    case 'mlp':
      return task === 'regression'
        ? mlpRegressionSpec({ ...data, targets: 1 }, hiddenLayers, { activation, dropout })
        : mlpSpec(data, hiddenLayers, { activation, dropout });
    case 'logreg':
      return mlpSpec(data, []);
    case 'linreg':
      return linearRegressionSpec({ ...data, targets: 1 });
    case 'cnn':
      return cnnSpec(data, convFilters, units);
    case 'rnn':
      return recurrentSpec(data, 'simple-rnn', units);
    case 'lstm':
    case 'gru':
      return recurrentSpec(data, modelType, units);
    case 'mobilenet':
      return mobilenetSpec(data);
  }
}
