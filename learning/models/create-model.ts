import { FleetError, type RunConfig } from '#protocol';
import type { DatasetInfo } from '../datasets/dataset-info.js';
import type { ForestSpec } from '../forest/forest-spec.js';
import { cnnSpec } from './cnn.js';
import { linearRegressionSpec } from './linear-regression.js';
import { mlpRegressionSpec, mlpSpec } from './mlp.js';
import { mobilenetSpec } from './mobilenet.js';
import type { Model } from './model.js';
import type { ModelSpec } from './model-spec.js';
import { recurrentSpec } from './recurrent.js';
import { runTask } from './run-task.js';
import { weightLayout } from './weight-layout.js';

/** What of a run's configuration makes its model. */
export type ModelConfig = Pick<
  RunConfig,
  | 'taskType'
  | 'modelType'
  | 'hiddenLayers'
  | 'convFilters'
  | 'activation'
  | 'dropout'
  | 'rounds'
  | 'nEstimators'
  | 'maxDepth'
  | 'clusters'
  | 'init'
  | 'nInit'
  | 'maxIter'
  | 'tol'
>;

/** Clusters where neither configuration nor dataset say how many. */
const defaultClusters = 8;
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
): Model {
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
    case 'random_forest':
      return forestSpec(data, config);
    case 'kmeans':
      return {
        kind: 'k-means',
        inputShape: data.inputShape,
        clusters: config.clusters ?? (data.classes || defaultClusters),
        init: config.init,
        starts: config.nInit,
        maxIterations: config.maxIter,
        tolerance: config.tol,
      };
    case 'cnn':
      return thatFits(cnnSpec(data, convFilters, units), `--conv-filters ${convFilters}`);
    case 'rnn':
      return recurrentSpec(data, 'simple-rnn', units);
    case 'lstm':
    case 'gru':
      return recurrentSpec(data, modelType, units);
    case 'mobilenet':
      return mobilenetSpec(data);
  }
}

/** @throws FleetError CONFIG_INVALID, with the flag, where the layers do not fit the samples or each other */
function thatFits(spec: ModelSpec, flag: string): ModelSpec {
  try {
    weightLayout(spec);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new FleetError(
      'CONFIG_INVALID',
      `${flag}: for samples of ${spec.inputShape.join(' x ')}, ${cause.message}`,
    );
  }
  return spec;
}

function forestSpec(
  { task, inputShape, classes }: Pick<DatasetInfo, 'task' | 'inputShape' | 'classes'>,
  { nEstimators, rounds, maxDepth = Number.POSITIVE_INFINITY }: ModelConfig,
): ForestSpec {
  return {
    kind: 'random-forest',
    task,
    inputShape,
    outputs: task === 'classification' ? classes : 1,
    trees: nEstimators,
    rounds,
    maxDepth,
  };
}
