import type { ColumnSpec } from '../columns.js';

/**
 * Columns of kinds that come again and again. They are null where the task has no such measure or the
 * client did not take part.
 */

type Direction = NonNullable<ColumnSpec['direction']>;

/** A figure of a model's quality that follows from configuration, seed and data. */
export const quality = (direction: Direction, description: string) =>
  ({
    type: 'float8',
    nullable: true,
    domain: 'quality',
    direction,
    provenance: 'derived',
    description,
  }) as const;

/** A duration by this machine's clock. */
export const duration = (description: string) =>
  ({
    type: 'float8',
    nullable: true,
    unit: 's',
    domain: 'performance',
    direction: 'lower',
    provenance: 'measured',
    description,
  }) as const;

/** A latency by this machine's clock. */
export const latency = (description: string) =>
  ({
    type: 'float8',
    nullable: true,
    unit: 'ms',
    domain: 'performance',
    direction: 'lower',
    provenance: 'measured',
    description,
  }) as const;

/** What the operating system says of the client's process. */
export const resource = (unit: string, description: string) =>
  ({
    type: 'float8',
    nullable: true,
    unit,
    domain: 'resource',
    direction: 'lower',
    provenance: 'measured',
    description,
  }) as const;

/** Bytes of payload over the network. */
export const traffic = (description: string) =>
  ({
    type: 'int8',
    nullable: true,
    unit: 'bytes',
    domain: 'resource',
    direction: 'lower',
    provenance: 'measured',
    description,
  }) as const;

/** A count that follows from configuration, seed and data. */
export const count = (unit: string, description: string) =>
  ({ type: 'int4', nullable: true, unit, provenance: 'derived', description }) as const;

/** The measures of one model on the test set; `of` says which model. */
export const testQuality = (of: string) => ({
  loss: quality('lower', `loss of ${of} on the test set: cross-entropy, squared error, or squared distance`),
  accuracy: quality('higher', `classification: share of the test set that ${of} gets right`),
  f1: quality('higher', `classification: mean of the classes’ F1 scores of ${of} (macro average)`),
  balanced_accuracy: quality('higher', `classification: mean of the classes’ recalls of ${of}`),
  rmse: quality('lower', `regression: root of the mean squared error of ${of}, in units of its targets`),
  mae: quality('lower', `regression: mean absolute error of ${of}, in units of its targets`),
  r2: quality('higher', `regression: share of the targets’ variance that ${of} explains`),
  silhouette: quality('higher', `clustering: mean silhouette of ${of}, from -1 to 1`),
  inertia: quality('lower', `clustering: sum of squared distances to the nearest centroid of ${of}`),
  metric_score: quality(
    'higher',
    `one score for every task, of ${of}: accuracy, 1 / (1 + rmse), or silhouette`,
  ),
});
