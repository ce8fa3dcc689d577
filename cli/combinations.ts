import { createModel, type DatasetInfo, parameterCount } from '#learning';
import { configFields, parseRunConfig } from '#protocol';
import { settingsFor } from './families.js';

/** A dataset that can be learned for a task by some model families. */
export interface Combination {
  readonly task: Task;
  readonly data: DatasetInfo;
  readonly families: readonly string[];
}

export const tasks = ['classification', 'regression', 'clustering'] as const;
export type Task = (typeof tasks)[number];

/**
 * Which datasets and families serve a task: all that the registry of datasets and the schema's model
 * types offer, and that go together, so that a new one appears in plans by itself.
 * @param fixed settings that every run of the plan has, such as one model type
 */
export function combinationsFor(
  task: Task,
  datasets: readonly DatasetInfo[],
  fixed: Readonly<Record<string, unknown>>,
): Combination[] {
  const families = choicesOf('modelType');
  return datasets
    .filter((data) => task === data.task || task === 'clustering')
    .map((data) => ({
      task,
      data,
      families: families.filter((modelType) =>
        goTogether(
          data,
          { modelType, ...settingsFor(modelType, fixed), taskType: task, dataset: data.name },
          modelType,
        ),
      ),
    }))
    .filter((combination) => combination.families.length > 0);
}

function goTogether(data: DatasetInfo, settings: Readonly<Record<string, unknown>>, family: string): boolean {
  try {
    const config = parseRunConfig(settings);
    if (config.modelType !== family) return false;
    parameterCount(createModel(data, config));
    return true;
  } catch {
    // Whatever a family cannot be made for: the task, or the shape of the samples.
    return false;
  }
}

/** The values that a field of the run configuration may have. */
export function choicesOf(key: string): string[] {
  const choices = configFields().find((field) => field.key === key)?.jsonSchema.enum;
  return Array.isArray(choices) ? choices.map(String) : [];
}
