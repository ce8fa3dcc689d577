import type { RunConfig } from '#protocol';

/** What a model of the dataset is to learn. */
export type Task = 'classification' | 'regression' | 'clustering';

/** What is known of a dataset, whatever its format. */
export interface DatasetInfo {
  readonly name: string;
  readonly title: string;
  /** What its labels or targets are for. Any dataset can be clustered too: labels are then left out. */
  readonly task: Exclude<Task, 'clustering'>;
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
  /** The model family to begin with. */
  readonly defaultModel: RunConfig['modelType'];
}
