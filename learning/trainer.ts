import type { Quality, RandomStream } from '#protocol';
import type { Samples } from './datasets/samples.js';
import type { WeightLayout } from './models/weight-layout.js';
import type { OptimizerSpec } from './optimizers/optimizer-spec.js';

/** What a training step computes. */
export interface StepOptions {
  readonly batchSize: number;
  readonly optimizer: OptimizerSpec;
  /** L2 penalty of kernels: weightDecay/2 |w|^2 in the objective; with AdamW decoupled from it. */
  readonly weightDecay?: number | undefined;
  /** Longer gradients, all tensors taken together, are shortened to this. */
  readonly clipNorm?: number | undefined;
  /** FedProx's mu: mu/2 |w - w at the start|^2 is added to the objective, not to the reported loss. */
  readonly proximalMu?: number | undefined;
}

export interface TrainOptions extends StepOptions {
  readonly epochs: number;
  readonly learningRate: number;
  /** Draws the masks of dropout layers; models that have some need it. */
  readonly dropout?: RandomStream | undefined;
  /** Orders the samples anew in every epoch. */
  readonly shuffle: RandomStream;
  /** Ends the training early; `train` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((progress: TrainProgress) => void) | undefined;
  /**
   * After each epoch, with the weights as they are then: the array may change once the answer is given,
   * copy it to keep it. `false` ends the training. Families without epochs never ask.
   */
  readonly onEpoch?: ((weights: Float32Array) => Promise<boolean>) | undefined;
}

/** After a training step, counted from 1 over all epochs. */
export interface TrainProgress {
  readonly step: number;
  readonly steps: number;
  /** Mean loss of the step's batch, before the step. */
  readonly loss: number;
}

export interface TrainOutcome {
  readonly weights: Float32Array;
  /** Mean loss over all samples of all steps, each before its step. */
  readonly loss: number;
  readonly steps: number;
  /** Passes over the samples that were made; families without epochs have none. */
  readonly epochs?: number;
  /** Distinct samples trained on. */
  readonly samples: number;
}

/** A model's quality on `samples` samples. */
export interface Evaluation extends Readonly<Quality> {
  readonly samples: number;
}

/** Numbers before and after a training, each in the same place. */
export interface Comparable {
  readonly start: Float32Array;
  readonly trained: Float32Array;
}

/** A trained model that answers requests, one sample each. */
export interface ModelService {
  /** @param index of the sample. @returns the model's outputs for it */
  predict(index: number): Promise<Float32Array>;
  close(): void;
}

/**
 * Trains and evaluates one model. Weights go in and out as one flat array in the order of `layout`;
 * a trainer keeps none of them and no optimiser state between calls. On one machine and engine,
 * equal arguments give equal bits. Long calls yield to the event loop every few tens of milliseconds.
 */
export interface Trainer {
  readonly engine: { readonly name: string; readonly version: string };
  readonly layout: WeightLayout;
  init(stream: RandomStream): Float32Array;
  /**
   * Does what the first training with these options, and the first evaluation, would do before they begin. Engines
   * that compile nothing have no need of it.
   * @param samples such as the trainings will be on
   */
  prepare?(samples: Samples, options: StepOptions): Promise<void>;
  /**
   * Mini-batch training from `weights`, which stay as they are. The last batch of an epoch may be
   * smaller.
   * @throws FleetError TRAINING_FAILED when the loss or a weight is no longer finite; RangeError
   *   for weights or samples that do not fit the model; the signal's reason when it aborts
   */
  train(weights: Float32Array, samples: Samples, options: TrainOptions): Promise<TrainOutcome>;
  /** @throws FleetError TRAINING_FAILED when the loss is not finite; RangeError as `train` */
  evaluate(weights: Float32Array, samples: Samples): Promise<Evaluation>;
  /**
   * The model's outputs for every sample, row after row: logits, or values for a squared loss.
   * @throws RangeError as `train`
   */
  predict(weights: Float32Array, samples: Samples): Promise<Float32Array>;
  /** Holds the model ready for requests about these samples. @throws RangeError as `train` */
  serve(weights: Float32Array, samples: Samples): Promise<ModelService>;
  /**
   * What of two models an update's size and direction are measured on: numbers that stand for the same in both.
   * Trainers without it mean all numbers.
   * @returns undefined where the models have nothing to compare
   */
  comparable?(start: Float32Array, trained: Float32Array): Comparable | undefined;
  /** Frees what the engine holds; the trainer is of no use afterwards. */
  dispose(): void;
}
