import type { Tensor } from 'onnxruntime-node';
import type { RandomStream } from '#protocol';
import { type Samples, sampleSize } from '../datasets/samples.js';
import { fillDropoutMask } from '../dropout-mask.js';
import { featureBuffer } from './features.js';
import { sizeOf } from './operators.js';
import { floats, type GraphSession } from './session.js';
import type { TrainingGraph } from './training-graph.js';
import type { TrainingWeights } from './training-weights.js';

/** Bytes that the batches of one run may take. */
const runBytes = 2 ** 20;
const maxSteps = 64;

/** What steps need besides samples. */
export interface StepOptions {
  readonly learningRate: number;
  readonly dropout?: RandomStream | undefined;
}

/** Runs of a training graph, their batches in buffers that are filled again for each run. */
export class TrainingBatches {
  /** Steps that a run can have. */
  readonly capacity: number;
  readonly session: GraphSession<TrainingGraph>;
  readonly #features: Uint8Array | Float32Array;
  readonly #targets: Float32Array;
  readonly #scalars: Float32Array;
  readonly #masks: readonly Float32Array[];

  constructor(session: GraphSession<TrainingGraph>) {
    const { featureType, featuresShape, targetShape, masks, scalars } = session.graph;
    const values = sizeOf(targetShape) + masks.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const valueBytes = featureType === 'uint8' ? 1 : 4;
    const stepBytes = valueBytes * sizeOf(featuresShape) + 4 * values;
    this.capacity = Math.max(1, Math.min(maxSteps, Math.floor(runBytes / stepBytes)));
    this.session = session;
    this.#features = featureBuffer(featureType, this.capacity * sizeOf(featuresShape));
    this.#targets = new Float32Array(this.capacity * sizeOf(targetShape));
    this.#scalars = new Float32Array(this.capacity * scalars(1, 1).length);
    this.#masks = masks.map(({ shape }) => new Float32Array(this.capacity * sizeOf(shape)));
  }

  /** Samples in a batch. */
  get batch(): number {
    return this.session.graph.featuresShape[0] ?? 0;
  }

  /**
   * Makes a step with each batch of the samples with these indices, whole batches of them.
   *
   * @param step number of the first step, from 1
   * @returns the sum of each batch's losses, before its step
   * @throws RangeError for a class that the model has no output for
   */
  async run(
    samples: Samples,
    indices: Uint32Array,
    {
      step,
      weights,
      options,
    }: { readonly step: number; readonly weights: TrainingWeights; readonly options: StepOptions },
  ): Promise<Float32Array> {
    const { graph } = this.session;
    const outputs = await this.session.run({
      ...this.#fill(samples, indices, step, options),
      ...weights.feeds,
    });
    weights.update(graph, outputs);
    return floats(outputs[graph.losses]);
  }

  #fill(
    samples: Samples,
    indices: Uint32Array,
    step: number,
    { learningRate, dropout }: StepOptions,
  ): Record<string, Tensor> {
    const { featuresShape, targetShape, masks, scalars } = this.session.graph;
    const steps = indices.length / this.batch;
    this.#fillSamples(samples, indices);
    // Step by step: which numbers a step draws must not depend on how many steps this run has.
    for (let k = 0; k < steps; k++) {
      const numbers = scalars(step + k, learningRate);
      this.#scalars.set(numbers, k * numbers.length);
      for (const [i, { shape, rate }] of masks.entries()) {
        const size = sizeOf(shape);
        const mask = this.#masks[i] ?? new Float32Array();
        fillDropoutMask(mask.subarray(k * size, (k + 1) * size), rate, dropout);
      }
    }
    const sequence = (values: Float32Array | Uint8Array, shape: readonly number[]) =>
      this.session.tensor(values.subarray(0, steps * sizeOf(shape)), [steps, ...shape]);
    const feeds: Record<string, Tensor> = {
      steps: this.session.integer(steps),
      features: sequence(this.#features, featuresShape),
      targets: sequence(this.#targets, targetShape),
      scalars: sequence(this.#scalars, [this.#scalars.length / this.capacity]),
    };
    for (const [i, { name, shape }] of masks.entries()) {
      feeds[name] = sequence(this.#masks[i] ?? new Float32Array(), shape);
    }
    return feeds;
  }

  /** Copies rows of features and of targets, which are one-hot for classes. */
  #fillSamples({ features, inputShape, labels, targets }: Samples, indices: Uint32Array): void {
    const size = sampleSize(inputShape);
    const outputs = this.session.graph.targetShape.at(-1) ?? 1;
    this.#targets.fill(0);
    for (let row = 0; row < indices.length; row++) {
      const index = indices[row] ?? 0;
      this.#features.set(features.subarray(index * size, (index + 1) * size), row * size);
      if (targets !== undefined) {
        this.#targets.set(targets.subarray(index * outputs, (index + 1) * outputs), row * outputs);
        continue;
      }
      const label = labels[index] ?? Number.NaN;
      if (!(label < outputs)) throw new RangeError(`class ${label} for a model of ${outputs} outputs`);
      this.#targets[row * outputs + label] = 1;
    }
  }
}
