import type { RandomStream } from '#protocol';
import { type Samples, selectSamples } from './datasets/samples.js';
import type { Trainer, TrainOptions, TrainOutcome } from './trainer.js';

/** What of a share is held out to tell when to stop. */
const heldOutShare = 0.1;

export interface EarlyStopping {
  /** Epochs in a row without a lower loss on the held-out samples that end the training; at least 1. */
  readonly patience: number;
  /** Draws the held-out samples. */
  readonly holdOut: RandomStream;
}

/**
 * Trains as `trainer.train` does, on nine tenths of the samples, until the loss on the rest has not
 * fallen for `patience` epochs; the weights are those of the epoch with the lowest loss (Prechelt 1998).
 * Of fewer than two samples none can be held out: they are trained on for all epochs.
 *
 * @returns `loss`, `steps` and `epochs` of all that was trained, also after the best epoch
 * @throws as `trainer.train`; FleetError TRAINING_FAILED also when the held-out loss is not finite
 * @example
 * await trainWithEarlyStopping(trainer, weights, samples, options, {
 *   patience: 3,
 *   holdOut: randomStream(seed, 'held-out', client),
 * });
 */
export async function trainWithEarlyStopping(
  trainer: Trainer,
  start: Float32Array,
  samples: Samples,
  options: Omit<TrainOptions, 'onEpoch'>,
  { patience, holdOut }: EarlyStopping,
): Promise<TrainOutcome> {
  if (samples.count < 2) return trainer.train(start, samples, options);
  const { train, heldOut } = divide(samples, holdOut);
  let best = { loss: Number.POSITIVE_INFINITY, weights: start };
  let waited = 0;
  const onEpoch = async (weights: Float32Array): Promise<boolean> => {
    const { loss } = await trainer.evaluate(weights, heldOut);
    waited = loss < best.loss ? 0 : waited + 1;
    if (waited === 0) best = { loss, weights: weights.slice() };
    return waited < patience;
  };
  const outcome = await trainer.train(start, train, { ...options, onEpoch });
  return { ...outcome, weights: best.weights };
}

/** Both parts in the order of the samples. */
function divide(samples: Samples, stream: RandomStream): { train: Samples; heldOut: Samples } {
  const order = stream.shuffle(Uint32Array.from({ length: samples.count }, (_, i) => i));
  const held = Math.max(1, Math.round(samples.count * heldOutShare));
  return {
    train: selectSamples(samples, order.subarray(held).sort()),
    heldOut: selectSamples(samples, order.subarray(0, held).sort()),
  };
}
