import { FleetError } from '#protocol';
import type { Samples } from './datasets/samples.js';
import type { ModelSpec } from './models/model-spec.js';
import { softmaxCrossEntropy } from './models/softmax-cross-entropy.js';
import type { Evaluation } from './trainer.js';

/** An evaluation that is summed up batch by batch, in float64, from a model's outputs. */
export class EvaluationSum {
  readonly #loss: ModelSpec['loss'];
  readonly #samples: Samples;
  #lossSum = 0;
  #correct = 0;

  constructor(loss: ModelSpec['loss'], samples: Samples) {
    this.#loss = loss;
    this.#samples = samples;
  }

  /** Adds the outputs for the samples from `begin` to before `end`, row after row. */
  add({ begin, end, outputs }: { begin: number; end: number; outputs: Float32Array }): void {
    if (this.#loss === 'mean-squared-error') {
      this.#lossSum += squaredErrors(outputs, this.#samples, begin);
      this.#correct = Number.NaN;
      return;
    }
    const { lossSum, correct } = softmaxCrossEntropy(outputs, this.#samples.labels.subarray(begin, end));
    this.#lossSum += lossSum;
    this.#correct += correct;
  }

  /** @throws FleetError TRAINING_FAILED when the loss is not finite */
  result(): Evaluation {
    if (!Number.isFinite(this.#lossSum)) {
      throw new FleetError('TRAINING_FAILED', `the loss of the evaluation is ${this.#lossSum}`);
    }
    const { count } = this.#samples;
    return { loss: this.#lossSum / count, accuracy: this.#correct / count, samples: count };
  }
}

/** Sum over samples of the mean squared error of their outputs, from the sample `begin` on. */
function squaredErrors(outputs: Float32Array, { targets, count }: Samples, begin: number): number {
  if (targets === undefined) throw new RangeError('samples without targets for a squared loss');
  const perSample = targets.length / count;
  let sum = 0;
  for (let i = 0; i < outputs.length; i++) {
    sum += ((outputs[i] ?? 0) - (targets[begin * perSample + i] ?? Number.NaN)) ** 2;
  }
  return sum / perSample;
}
