import { FleetError, type RunConfig } from '#protocol';
import type { DatasetInfo, Task } from '../datasets/dataset-info.js';

type ModelType = RunConfig['modelType'];

/** The tasks that each model family can learn. */
const tasksOf: Readonly<Record<ModelType, readonly Task[]>> = {
  mlp: ['classification', 'regression'],
  logreg: ['classification'],
  cnn: ['classification'],
  rnn: ['classification'],
  lstm: ['classification'],
  gru: ['classification'],
  mobilenet: ['classification'],
  linreg: ['regression'],
  random_forest: ['classification', 'regression'],
  kmeans: ['clustering'],
};

/** Families that want an image. */
const imageFamilies: ReadonlySet<ModelType> = new Set(['cnn', 'mobilenet']);
/** Families that want a sequence: rows of an image, or steps of a series. */
const sequenceFamilies: ReadonlySet<ModelType> = new Set(['rnn', 'lstm', 'gru']);

/**
 * The task of a run: the one asked for, else the family's or the dataset's. Any dataset can be clustered:
 * its labels are then left out.
 * @throws FleetError CONFIG_INVALID where dataset, task and model family do not go together
 */
export function runTask(
  info: Pick<DatasetInfo, 'name' | 'task' | 'inputShape'>,
  { taskType, modelType }: Pick<RunConfig, 'taskType' | 'modelType'>,
): Task {
  const task = taskType ?? (modelType === 'kmeans' ? 'clustering' : info.task);
  if (task !== info.task && task !== 'clustering') {
    throw new FleetError('CONFIG_INVALID', `--task-type ${task}: ${info.name} is for ${info.task}`);
  }
  if (!tasksOf[modelType].includes(task)) {
    const fitting = Object.entries(tasksOf).filter(([, tasks]) => tasks.includes(task));
    const families = fitting.map(([family]) => family).join(', ');
    throw new FleetError(
      'CONFIG_INVALID',
      `--model-type ${modelType}: the task is ${task}, which ${families} can learn`,
    );
  }
  assertShape(info, modelType);
  return task;
}

function assertShape(
  { name, inputShape }: Pick<DatasetInfo, 'name' | 'inputShape'>,
  family: ModelType,
): void {
  const dimensions = inputShape.length;
  const wanted = imageFamilies.has(family) ? 3 : sequenceFamilies.has(family) ? 2 : 1;
  if (dimensions >= wanted) return;
  const what = wanted === 3 ? 'images' : 'images or series';
  throw new FleetError('CONFIG_INVALID', `--model-type ${family}: needs ${what}; ${name} has vectors`);
}
