import { setImmediate } from 'node:timers/promises';
import { type Samples, sampleSize } from '../datasets/samples.js';
import { ClassificationMeter } from '../metrics/classification.js';
import { regressionEvaluation } from '../metrics/regression.js';
import type { WeightLayout } from '../models/weight-layout.js';
import type { Evaluation, ModelService, Trainer, TrainOptions, TrainOutcome } from '../trainer.js';
import { binSamples } from './binned-samples.js';
import { type ForestSpec, treesOfClient } from './forest-spec.js';
import { growTree } from './grow-tree.js';
import { addPrediction, emptyForest, joinTrees, treesOf } from './tree-code.js';

/** Probabilities below this count as this in the cross-entropy: a forest gives many a 0. */
const leastProbability = 1e-7;

/**
 * Random forests. A client grows new trees on its own samples and sends only these; what it evaluates is
 * the forest of its own trees. Own code, since no maintained library grows trees that are seeded, draw
 * features at each node, and can be taken apart into numbers.
 */
export class ForestTrainer implements Trainer {
  readonly engine = { name: 'native', version: '1' };
  /** Trees have any length: a forest has no layout. */
  readonly layout: WeightLayout;
  readonly #spec: ForestSpec;

  constructor(spec: ForestSpec) {
    this.#spec = spec;
    this.layout = { tensors: [], parameterCount: 0, outputs: spec.outputs };
  }

  init(): Float32Array {
    return emptyForest();
  }

  async train(_: Float32Array, samples: Samples, options: TrainOptions): Promise<TrainOutcome> {
    if (samples.count === 0) throw new RangeError('no samples');
    const { task, outputs, maxDepth } = this.#spec;
    const count = treesOfClient(this.#spec);
    const features = sampleSize(samples.inputShape);
    // Breiman's defaults: the root of the features for classes, a third of them for values.
    const candidates = Math.max(
      1,
      Math.floor(task === 'classification' ? Math.sqrt(features) : features / 3),
    );
    const targets = { task, outputs, values: targetsOf(this.#spec, samples) };
    const binned = binSamples(samples);
    const trees: Float32Array[] = [];
    for (let tree = 0; tree < count; tree++) {
      options.signal?.throwIfAborted();
      trees.push(growTree(binned, targets, { maxDepth, candidates, stream: options.shuffle }));
      await setImmediate();
    }
    const weights = joinTrees(trees);
    const { loss } = await this.evaluate(weights, samples);
    return { weights, loss, steps: count, samples: samples.count };
  }

  async evaluate(weights: Float32Array, samples: Samples): Promise<Evaluation> {
    const predictions = await this.predict(weights, samples);
    const { task, outputs } = this.#spec;
    if (task === 'regression') {
      return regressionEvaluation(predictions, targetsOf(this.#spec, samples), samples.count);
    }
    const meter = new ClassificationMeter(outputs);
    const predicted = new Uint8Array(samples.count);
    let lossSum = 0;
    for (let i = 0; i < samples.count; i++) {
      const row = predictions.subarray(i * outputs, (i + 1) * outputs);
      predicted[i] = row.reduce((best, value, k) => (value > (row[best] ?? 0) ? k : best), 0);
      lossSum -= Math.log(Math.max(leastProbability, row[samples.labels[i] ?? 0] ?? 0));
    }
    meter.addPredictions(predicted, samples.labels, lossSum);
    return meter.evaluation();
  }

  /** Probabilities of the classes, or values; a forest without trees finds all classes alike. */
  async predict(weights: Float32Array, samples: Samples): Promise<Float32Array> {
    if (samples.count === 0) throw new RangeError('no samples');
    const forest = this.#forest(weights);
    const { outputs } = this.#spec;
    const all = new Float32Array(samples.count * outputs);
    for (let i = 0; i < samples.count; i++) {
      all.set(this.#predictOne(forest, samples, i), i * outputs);
      if (i % 500 === 499) await setImmediate();
    }
    return all;
  }

  async serve(weights: Float32Array, samples: Samples): Promise<ModelService> {
    const forest = this.#forest(weights);
    return {
      predict: async (index) => Float32Array.from(this.#predictOne(forest, samples, index)),
      close: () => undefined,
    };
  }

  /** A client's trees have no place in the global model. */
  comparable(): undefined {
    return undefined;
  }

  dispose(): void {}

  #forest(weights: Float32Array): Float32Array[] {
    return treesOf(weights).map(({ begin, end }) => weights.subarray(begin, end));
  }

  #predictOne(
    forest: readonly Float32Array[],
    { features, scale, inputShape }: Samples,
    index: number,
  ): Float64Array {
    const outputs = new Float64Array(this.#spec.outputs);
    const row = index * sampleSize(inputShape);
    for (const tree of forest) addPrediction(tree, features, row, scale, outputs);
    const { length } = forest;
    if (length > 0) return outputs.map((sum) => sum / length);
    return outputs.fill(this.#spec.task === 'classification' ? 1 / outputs.length : 0);
  }
}

function targetsOf({ task }: ForestSpec, { labels, targets }: Samples): Float32Array {
  if (task === 'classification') return Float32Array.from(labels);
  if (targets === undefined) throw new RangeError('samples without targets for regression');
  return targets;
}
