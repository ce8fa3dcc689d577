import { z } from 'zod';

const ratio = z.number().min(0).max(1);
const notNegative = z.number().nonnegative();

/**
 * How good a model is on some samples. Measures that its task does not have are absent: accuracy, f1
 * and balancedAccuracy are of classification; rmse, mae and r2 of regression; silhouette and
 * inertia of clustering.
 */
export const qualitySchema = z.object({
  /** Mean cross-entropy in nats, mean squared error, or mean squared distance to the nearest centroid. */
  loss: z.number(),
  accuracy: ratio.optional(),
  /** Mean over the classes of their F1 scores (macro average). */
  f1: ratio.optional(),
  /** Mean over the classes of their recalls. */
  balancedAccuracy: ratio.optional(),
  /** In the units of the targets as the model has them, see `--dataset-arg y_standardize`. */
  rmse: notNegative.optional(),
  mae: notNegative.optional(),
  /** Absent where all targets are equal. */
  r2: z.number().max(1).optional(),
  /** Mean over the samples; absent where there are less than two clusters. */
  silhouette: z.number().min(-1).max(1).optional(),
  /** Sum of squared distances to the nearest centroid. */
  inertia: notNegative.optional(),
  /** One number for every task, the higher the better: accuracy, 1 / (1 + rmse), or silhouette. */
  metricScore: z.number().min(-1).max(1).optional(),
});
export type Quality = z.infer<typeof qualitySchema>;
