import { type Points, squaredDistance } from './points.js';
import type { Steps } from './turns.js';

/** The nearest centroid of every point, and what it leaves. */
export interface Assignment {
  readonly labels: Uint32Array;
  /** Weight of the points of each cluster. */
  readonly counts: Float64Array;
  /** Weighted sum of the squared distances to the nearest centroid. */
  readonly inertia: number;
}

/** Gives every point to its nearest centroid, the first of equals. */
export function assign(points: Points, centroids: Float32Array): Assignment {
  const { count, size, values, weights } = points;
  const clusters = centroids.length / size;
  const labels = new Uint32Array(count);
  const counts = new Float64Array(clusters);
  let inertia = 0;
  for (let i = 0; i < count; i++) {
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < clusters; j++) {
      const distance = squaredDistance(values, i, centroids, j, size);
      if (distance < least) {
        least = distance;
        nearest = j;
      }
    }
    const weight = weights?.[i] ?? 1;
    labels[i] = nearest;
    counts[nearest] = (counts[nearest] ?? 0) + weight;
    inertia += weight * least;
  }
  return { labels, counts, inertia };
}

/**
 * One Lloyd iteration (Lloyd 1982): every centroid becomes the mean of its points. A centroid without
 * points stays where it is.
 */
export function moveCentroids(
  points: Points,
  centroids: Float32Array,
  { labels, counts }: Assignment,
): Float32Array {
  const { size, values, weights } = points;
  const sums = new Float64Array(centroids.length);
  for (let i = 0; i < points.count; i++) {
    const to = (labels[i] ?? 0) * size;
    const weight = weights?.[i] ?? 1;
    for (let k = 0; k < size; k++) sums[to + k] = (sums[to + k] ?? 0) + weight * (values[i * size + k] ?? 0);
  }
  return centroids.map((old, at) => {
    const total = counts[Math.floor(at / size)] ?? 0;
    return total > 0 ? (sums[at] ?? 0) / total : old;
  });
}

export interface Fit {
  readonly centroids: Float32Array;
  readonly assignment: Assignment;
  /** Weight of the points that each centroid is the mean of. */
  readonly members: Float64Array;
  readonly iterations: number;
}

/**
 * Lloyd's algorithm, a step an iteration, from given centroids, until they stay or have moved `maxIterations` times.
 * @param least squared movement of all centroids together below which it ends
 */
export function* lloyd(
  points: Points,
  start: Float32Array,
  maxIterations: number,
  least: number,
): Steps<Fit> {
  let centroids = start;
  let assignment = assign(points, centroids);
  let members = assignment.counts;
  let iterations = 0;
  while (iterations < maxIterations) {
    const moved = moveCentroids(points, centroids, assignment);
    const movement = squaredDistance(moved, 0, centroids, 0, moved.length);
    centroids = moved;
    members = assignment.counts;
    assignment = assign(points, centroids);
    iterations++;
    yield;
    if (movement <= least) break;
  }
  return { centroids, assignment, members, iterations };
}
