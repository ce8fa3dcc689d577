export {
  type AggregationOptions,
  createAggregation,
  createModelAggregation,
} from './aggregation/create-aggregation.js';
export type { AggregationStrategy, ClientUpdate } from './aggregation/strategy.js';
export { type UpdateRules, updateRules } from './aggregation/update-rules.js';
export {
  signatureDimensions,
  type UpdateSignature,
  updateSignature,
} from './aggregation/update-signature.js';
export { createTrainer, type EngineProbe, probeEngines } from './create-trainer.js';
export { defaultCacheDir } from './datasets/cache-folder.js';
export type {
  Dataset,
  DatasetOptions,
  OnPrepareProgress,
  PreparedDataset,
} from './datasets/dataset.js';
export type { DatasetInfo, Task } from './datasets/dataset-info.js';
export { formatIdx, type IdxFile, parseIdx } from './datasets/images/idx.js';
export { locateDataset, openDataset, prepareDataset } from './datasets/open-dataset.js';
export { datasetInfo, datasetNames } from './datasets/registry.js';
export { type Samples, selectSamples } from './datasets/samples.js';
export { allFinite } from './divergence.js';
export { trainWithEarlyStopping } from './early-stopping.js';
export { isForest } from './forest/tree-code.js';
export { type ClientData, clientData } from './heterogeneity/client-data.js';
export { meanPairwiseDistance, measureShares } from './heterogeneity/measures.js';
export { cnnSpec } from './models/cnn.js';
export { createModel, type ModelConfig } from './models/create-model.js';
export { initWeights } from './models/init-weights.js';
export { linearRegressionSpec } from './models/linear-regression.js';
export { mlpRegressionSpec, mlpSpec } from './models/mlp.js';
export { mobilenetSpec } from './models/mobilenet.js';
export { initialWeights, type Model, parameterCount } from './models/model.js';
export type { Activation, LayerSpec, ModelSpec } from './models/model-spec.js';
export { recurrentSpec } from './models/recurrent.js';
export { runTask } from './models/run-task.js';
export { type PlacedTensor, type WeightLayout, weightLayout } from './models/weight-layout.js';
export type { OptimizerSpec } from './optimizers/optimizer-spec.js';
export { labelCounts, shareHash } from './partition/describe-share.js';
export { type Labelled, type PartitionSettings, partition } from './partition/partition.js';
export { strata } from './partition/strata.js';
export { rehearsalTrainer } from './rehearsal-trainer.js';
export type {
  Evaluation,
  ModelService,
  StepOptions,
  Trainer,
  TrainOptions,
  TrainOutcome,
  TrainProgress,
} from './trainer.js';
