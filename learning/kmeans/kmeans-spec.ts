/** k-means clustering with its numbers. */
export interface KMeansSpec {
  readonly kind: 'k-means';
  readonly inputShape: readonly number[];
  readonly clusters: number;
  /** How a start draws its centroids: k-means++, or any points alike. */
  readonly init: 'k-means++' | 'random';
  /** Starts, of which the one of least inertia is kept. */
  readonly starts: number;
  /** Lloyd iterations at most. */
  readonly maxIterations: number;
  /** Iterations end when the centroids move by less than this times the mean variance of the features. */
  readonly tolerance: number;
}

/**
 * The model as it travels: `clusters` centroids, one after the other, then the samples of each. All counts
 * 0 is a model that knows nothing yet.
 */
export interface Centroids {
  readonly centroids: Float32Array;
  readonly counts: Float32Array;
}

/** Values in one centroid. */
export function centroidSize({ inputShape }: Pick<KMeansSpec, 'inputShape'>): number {
  return inputShape.reduce((product, side) => product * side, 1);
}

/** The two parts of a model's weights, which share its memory. */
export function centroidsOf(weights: Float32Array, clusters: number): Centroids {
  const split = weights.length - clusters;
  return { centroids: weights.subarray(0, split), counts: weights.subarray(split) };
}

/** Whether the model has been fitted to anything. */
export const isFitted = ({ counts }: Centroids): boolean => counts.some((count) => count > 0);
