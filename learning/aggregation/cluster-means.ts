import { randomStream } from '#protocol';
import { fitKMeans } from '../kmeans/fit-kmeans.js';
import { centroidSize, centroidsOf, isFitted, type KMeansSpec } from '../kmeans/kmeans-spec.js';
import { atOnce } from '../kmeans/turns.js';
import { type AggregationStrategy, assertUpdates, type ClientUpdate } from './strategy.js';

/**
 * Aggregates k-means models. The first round's centroids come from each client's own start, so they are
 * themselves clustered: after k-FED (Dennis, Li & Smith 2021), whose Algorithm 2 makes one Lloyd iteration
 * from centroids that lie far apart; here the centroids have the weights of their counts, and k-means++ is
 * run with as many starts as on a client. Later ones have one start, so each is the mean of its clients'
 * centroids weighted by counts.
 */
export class ClusterMeans implements AggregationStrategy {
  readonly name = 'clustermeans';
  readonly #spec: KMeansSpec;
  readonly #seed: number;

  constructor(spec: KMeansSpec, seed: number) {
    this.#spec = spec;
    this.#seed = seed;
  }

  aggregate(global: Float32Array, updates: readonly ClientUpdate[]): Float32Array {
    assertUpdates(global, updates);
    const before = centroidsOf(global, this.#spec.clusters);
    return isFitted(before) ? this.#means(before.centroids, updates) : this.#cluster(updates);
  }

  #cluster(updates: readonly ClientUpdate[]): Float32Array {
    const { clusters } = this.#spec;
    const size = centroidSize(this.#spec);
    const models = updates.map(({ weights }) => centroidsOf(weights, clusters));
    const values = Float32Array.from(models.flatMap(({ centroids }) => [...centroids]));
    const counts = Float32Array.from(models.flatMap((model) => [...model.counts]));
    const points = { count: values.length / size, size, values, weights: counts };
    // Centroids have weights, which only k-means++ draws by.
    const spec: KMeansSpec = { ...this.#spec, init: 'k-means++' };
    const fit = atOnce(fitKMeans(points, spec, randomStream(this.#seed, 'aggregation')));
    return Float32Array.from([...fit.centroids, ...fit.assignment.counts]);
  }

  #means(before: Float32Array, updates: readonly ClientUpdate[]): Float32Array {
    const { clusters } = this.#spec;
    const size = centroidSize(this.#spec);
    const sums = new Float64Array(before.length);
    const counts = new Float64Array(clusters);
    for (const { weights } of updates) {
      const model = centroidsOf(weights, clusters);
      for (let at = 0; at < sums.length; at++) {
        const count = model.counts[Math.floor(at / size)] ?? 0;
        sums[at] = (sums[at] ?? 0) + count * (model.centroids[at] ?? 0);
      }
      for (let k = 0; k < clusters; k++) counts[k] = (counts[k] ?? 0) + (model.counts[k] ?? 0);
    }
    const centroids = before.map((old, at) => {
      const count = counts[Math.floor(at / size)] ?? 0;
      return count > 0 ? (sums[at] ?? 0) / count : old;
    });
    return Float32Array.from([...centroids, ...counts]);
  }
}
