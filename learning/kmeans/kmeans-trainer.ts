import { FleetError, randomStream } from '#protocol';
import type { Samples } from '../datasets/samples.js';
import { silhouette } from '../metrics/silhouette.js';
import type { WeightLayout } from '../models/weight-layout.js';
import type {
  Comparable,
  Evaluation,
  ModelService,
  Trainer,
  TrainOptions,
  TrainOutcome,
} from '../trainer.js';
import { fitKMeans } from './fit-kmeans.js';
import { centroidSize, centroidsOf, isFitted, type KMeansSpec } from './kmeans-spec.js';
import { assign, lloyd } from './lloyd.js';
import { type Points, pointsOf } from './points.js';
import { inTurns } from './turns.js';

/** A silhouette compares every two samples: of more than these, so many are drawn. */
const maxSilhouetteSamples = 1000;

/**
 * Federated k-means. From a model that knows nothing, a client fits its own samples (k-means++, Lloyd);
 * the server then clusters the clients' centroids (after k-FED, Dennis, Li & Smith 2021). From a fitted model it
 * makes `epochs` Lloyd iterations; with one, the server's means weighted by counts are exactly a
 * Lloyd iteration over all clients' samples together.
 */
export class KMeansTrainer implements Trainer {
  readonly engine = { name: 'native', version: '1' };
  readonly layout: WeightLayout;
  readonly #spec: KMeansSpec;

  constructor(spec: KMeansSpec) {
    this.#spec = spec;
    const parameterCount = spec.clusters * (centroidSize(spec) + 1);
    this.layout = { tensors: [], parameterCount, outputs: 1 };
  }

  init(): Float32Array {
    return new Float32Array(this.layout.parameterCount);
  }

  /** @throws FleetError TRAINING_FAILED for fewer samples than clusters */
  async train(start: Float32Array, samples: Samples, options: TrainOptions): Promise<TrainOutcome> {
    const points = this.#points(start, samples);
    const model = centroidsOf(start, this.#spec.clusters);
    const steps = isFitted(model)
      ? lloyd(points, model.centroids, options.epochs, -1)
      : this.#fit(points, options);
    const { centroids, assignment, members, iterations } = await inTurns(steps, options.signal);
    return {
      weights: Float32Array.from([...centroids, ...members]),
      loss: assignment.inertia / points.count,
      steps: Math.max(1, iterations),
      samples: points.count,
    };
  }

  #fit(points: Points, { shuffle }: TrainOptions) {
    const { clusters } = this.#spec;
    if (points.count < clusters) {
      throw new FleetError(
        'TRAINING_FAILED',
        `${points.count} samples for ${clusters} clusters (--clusters)`,
      );
    }
    return fitKMeans(points, this.#spec, shuffle);
  }

  async evaluate(weights: Float32Array, samples: Samples): Promise<Evaluation> {
    const points = this.#points(weights, samples);
    const { clusters } = this.#spec;
    const { labels, inertia } = assign(points, centroidsOf(weights, clusters).centroids);
    const score = silhouetteOfSome(points, labels, clusters);
    return {
      samples: points.count,
      loss: inertia / points.count,
      inertia,
      ...(score === undefined ? {} : { silhouette: score, metricScore: score }),
    };
  }

  /** The nearest centroid of every sample. */
  async predict(weights: Float32Array, samples: Samples): Promise<Float32Array> {
    const points = this.#points(weights, samples);
    return Float32Array.from(assign(points, centroidsOf(weights, this.#spec.clusters).centroids).labels);
  }

  async serve(weights: Float32Array, samples: Samples): Promise<ModelService> {
    const { values, size } = this.#points(weights, samples);
    const { centroids } = centroidsOf(weights, this.#spec.clusters);
    const one = (index: number): Points => ({
      count: 1,
      size,
      values: values.subarray(index * size, (index + 1) * size),
    });
    return {
      predict: async (index) => Float32Array.from(assign(one(index), centroids).labels),
      close: () => undefined,
    };
  }

  /** The centroids: how many samples each has is no place. A first fit begins at none, and orders them as it likes. */
  comparable(start: Float32Array, trained: Float32Array): Comparable | undefined {
    const { clusters } = this.#spec;
    const before = centroidsOf(start, clusters);
    if (!isFitted(before)) return undefined;
    return { start: before.centroids, trained: centroidsOf(trained, clusters).centroids };
  }

  dispose(): void {}

  #points(weights: Float32Array, samples: Samples): Points {
    const { parameterCount } = this.layout;
    if (weights.length !== parameterCount) {
      throw new RangeError(`${weights.length} weights for a model of ${parameterCount}`);
    }
    const points = pointsOf(samples);
    if (points.count === 0) throw new RangeError('no samples');
    if (points.size !== centroidSize(this.#spec)) {
      throw new RangeError(`samples of ${samples.inputShape} for a model of ${this.#spec.inputShape}`);
    }
    return points;
  }
}

/**
 * The silhouette of at most so many points, drawn without replacement: samples that are evenly spread would be
 * of some classes alone where those of a dataset take turns. The same ones of equally many in every round, client
 * and run, so that silhouettes can be compared.
 */
function silhouetteOfSome(points: Points, labels: Uint32Array, clusters: number): number | undefined {
  const { count, size, values } = points;
  if (count <= maxSilhouetteSamples) return silhouette(points, labels, clusters);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const some = randomStream(0, 'silhouette').shuffle(order).subarray(0, maxSilhouetteSamples);
  const picked = new Float32Array(some.length * size);
  for (const [to, from] of some.entries())
    picked.set(values.subarray(from * size, (from + 1) * size), to * size);
  return silhouette(
    { count: some.length, size, values: picked },
    some.map((index) => labels[index] ?? 0),
    clusters,
  );
}
