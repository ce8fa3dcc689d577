import type { RunConfig } from '#protocol';

/** What a model of the dataset is to learn. */
export type Task = NonNullable<RunConfig['taskType']>;

/** What is known of a dataset, whatever its format. */
export interface DatasetInfo {
  readonly name: string;
  readonly title: string;
  /** What its labels or targets are for. */
  readonly task: 'classification' | 'regression';
  /** Shape of one sample: height, width, channels of an image; one number for a vector. */
  readonly inputShape: readonly number[];
  /** 0 for regression. */
  readonly classes: number;
  readonly classNames: readonly string[];
  readonly trainCount: number;
  readonly testCount: number;
  readonly licence: string;
  /** Where the dataset is described. */
  readonly source: string;
  /** A family that suits it, to begin with; a run that names none has the schema's default all the same. */
  readonly suggestedModel: RunConfig['modelType'];
}
