import type { Tensor } from 'onnxruntime-node';
import type { RandomStream } from '#protocol';
import { fillDropoutMask } from '../dropout-mask.js';
import { sizeOf } from './operators.js';
import { Pace } from './pace.js';
import { floats, type GraphSession } from './session.js';
import type { TrainingGraph } from './training-graph.js';
import type { TrainingSamples } from './training-samples.js';
import type { TrainingWeights } from './training-weights.js';

/** Bytes that the masks of one run may take. */
const maskBytes = 2 ** 20;
const maxSteps = 256;

/** What steps need besides samples. */
export interface StepOptions {
  readonly learningRate: number;
  readonly dropout?: RandomStream | undefined;
}

/** Runs of a training graph; what changes from step to step is in buffers that are filled again for each. */
export class TrainingBatches {
  readonly session: GraphSession<TrainingGraph>;
  /** Steps that the buffers hold. */
  readonly #capacity: number;
  readonly #pace = new Pace();
  readonly #scalars: Float32Array;
  readonly #masks: readonly Float32Array[];

  constructor(session: GraphSession<TrainingGraph>) {
    const { masks, scalars } = session.graph;
    const stepBytes = 4 * masks.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    this.#capacity = Math.max(1, Math.min(maxSteps, Math.floor(maskBytes / stepBytes)));
    this.session = session;
    this.#scalars = new Float32Array(this.#capacity * scalars(1, 1).length);
    this.#masks = masks.map(({ shape }) => new Float32Array(this.#capacity * sizeOf(shape)));
  }

  /** Steps that the next run may have. */
  get runSteps(): number {
    return Math.min(this.#capacity, this.#pace.steps);
  }

  /** Samples in a batch. */
  get batch(): number {
    return this.session.graph.batch;
  }

  /**
   * Makes a step with each batch of the samples with these indices, whole batches of them.
   *
   * @param step number of the first step, from 1
   * @returns the sum of each batch's losses, before its step
   */
  async run(
    samples: TrainingSamples,
    indices: Int32Array,
    {
      step,
      weights,
      options,
    }: { readonly step: number; readonly weights: TrainingWeights; readonly options: StepOptions },
  ): Promise<Float32Array> {
    const { graph } = this.session;
    const steps = indices.length / this.batch;
    const feeds = {
      steps: this.session.integer(steps),
      order: this.session.tensor(indices, [steps, this.batch]),
      ...samples,
      ...this.#fill(steps, step, options),
      ...weights.feeds,
    };
    const results = weights.results(graph);
    const outputs = await this.#pace.measure(steps, () => this.session.run(feeds, results));
    return floats(outputs[graph.losses]);
  }

  /** Step by step: which numbers a step draws must not depend on how many steps this run has. */
  #fill(
    steps: number,
    firstStep: number,
    { learningRate, dropout }: StepOptions,
  ): Readonly<Record<string, Tensor>> {
    const { masks, scalars } = this.session.graph;
    for (let k = 0; k < steps; k++) {
      const numbers = scalars(firstStep + k, learningRate);
      this.#scalars.set(numbers, k * numbers.length);
      for (const [i, { shape, rate }] of masks.entries()) {
        const size = sizeOf(shape);
        const mask = this.#masks[i] ?? new Float32Array();
        fillDropoutMask(mask.subarray(k * size, (k + 1) * size), rate, dropout);
      }
    }
    const sequence = (values: Float32Array, shape: readonly number[]) =>
      this.session.tensor(values.subarray(0, steps * sizeOf(shape)), [steps, ...shape]);
    return {
      scalars: sequence(this.#scalars, [this.#scalars.length / this.#capacity]),
      ...Object.fromEntries(
        masks.map(({ name, shape }, i) => [name, sequence(this.#masks[i] ?? new Float32Array(), shape)]),
      ),
    };
  }
}
