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

/** Whole numbers up to this are exact in float32: no client has as many samples of a cluster. */
const mostSamples = 2 ** 24;

/**
 * Whether finite numbers from outside, as many as the model has, are what a client can have fitted: counts of
 * samples, not all 0. Means weighted by others, such as negative ones, could be anywhere.
 */
export function areCentroids(weights: Float32Array, { clusters }: Pick<KMeansSpec, 'clusters'>): boolean {
  const model = centroidsOf(weights, clusters);
  const isCount = (count: number): boolean => Number.isInteger(count) && count >= 0 && count <= mostSamples;
  return model.counts.every(isCount) && isFitted(model);
}
