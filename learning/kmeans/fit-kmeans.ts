import type { RandomStream } from '#protocol';
import type { KMeansSpec } from './kmeans-spec.js';
import { type Fit, lloyd } from './lloyd.js';
import { type Points, squaredDistance } from './points.js';
import type { Steps } from './turns.js';

/**
 * k-means from several starts, in steps; the fit of least inertia, the first of equals.
 * @throws RangeError for fewer points than clusters
 */
export function* fitKMeans(
  points: Points,
  { clusters, init, starts, maxIterations, tolerance }: KMeansSpec,
  stream: RandomStream,
): Steps<Fit> {
  if (points.count < clusters) {
    throw new RangeError(`${points.count} samples for ${clusters} clusters (--clusters)`);
  }
  const startFrom = init === 'random' ? randomCentroids : plusPlusCentroids;
  const least = tolerance * meanVariance(points);
  let best: Fit | undefined;
  for (let start = 0; start < starts; start++) {
    yield;
    const fit = yield* lloyd(points, startFrom(points, clusters, stream), maxIterations, least);
    if (best === undefined || fit.assignment.inertia < best.assignment.inertia) best = fit;
  }
  if (best === undefined) throw new RangeError('no start');
  return best;
}

/** As many points as clusters, none twice, whatever their weights (Forgy 1965). */
function randomCentroids(
  { count, size, values }: Points,
  clusters: number,
  stream: RandomStream,
): Float32Array {
  const order = stream.shuffle(Uint32Array.from({ length: count }, (_, i) => i));
  const centroids = new Float32Array(clusters * size);
  for (const [cluster, point] of order.subarray(0, clusters).entries()) {
    centroids.set(values.subarray(point * size, (point + 1) * size), cluster * size);
  }
  return centroids;
}

/**
 * k-means++ (Arthur & Vassilvitskii 2007): each further centroid is a point drawn with probability
 * proportional to its squared distance from the nearest one so far; of 2 + ln k candidates the one that
 * leaves least inertia, as in their reference implementation.
 */
function plusPlusCentroids(points: Points, clusters: number, stream: RandomStream): Float32Array {
  const { count, size, values, weights } = points;
  const centroids = new Float32Array(clusters * size);
  const weightOf = (i: number): number => weights?.[i] ?? 1;
  const place = (cluster: number, point: number): void =>
    centroids.set(values.subarray(point * size, (point + 1) * size), cluster * size);
  const first = draw(
    Float64Array.from({ length: count }, (_, i) => weightOf(i)),
    stream,
  );
  place(0, first);
  let nearest = distancesFrom(points, first, undefined);
  const trials = 2 + Math.floor(Math.log(clusters));
  for (let cluster = 1; cluster < clusters; cluster++) {
    let best = { point: 0, distances: nearest, inertia: Number.POSITIVE_INFINITY };
    for (let trial = 0; trial < trials; trial++) {
      const point = draw(
        nearest.map((distance, i) => distance * weightOf(i)),
        stream,
      );
      const distances = distancesFrom(points, point, nearest);
      const inertia = distances.reduce((sum, distance, i) => sum + distance * weightOf(i), 0);
      if (inertia < best.inertia) best = { point, distances, inertia };
    }
    place(cluster, best.point);
    nearest = best.distances;
  }
  return centroids;
}

/** Squared distances of all points from one, or what is nearer already. */
function distancesFrom(
  { count, size, values }: Points,
  point: number,
  nearest: Float64Array | undefined,
): Float64Array {
  return Float64Array.from({ length: count }, (_, i) =>
    Math.min(nearest?.[i] ?? Number.POSITIVE_INFINITY, squaredDistance(values, i, values, point, size)),
  );
}

/** An index, with probability proportional to its mass; any where there is no mass. */
function draw(masses: Float64Array, stream: RandomStream): number {
  let left = stream.float() * masses.reduce((sum, mass) => sum + mass, 0);
  for (const [i, mass] of masses.entries()) {
    left -= mass;
    if (left < 0) return i;
  }
  return stream.integer(0, masses.length - 1);
}

/** Mean over the features of their variances: what `tolerance` is relative to, as in scikit-learn. */
function meanVariance({ count, size, values }: Points): number {
  let total = 0;
  for (let k = 0; k < size; k++) {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const value = values[i * size + k] ?? 0;
      sum += value;
      squares += value * value;
    }
    total += squares / count - (sum / count) ** 2;
  }
  return Math.max(0, total / size);
}
