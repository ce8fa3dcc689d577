import { FleetError } from '#protocol';
import type { Samples } from '../datasets/samples.js';
import type { ModelSpec } from '../models/model-spec.js';
import type { Evaluation } from '../trainer.js';
import { ClassificationMeter } from './classification.js';
import { regressionEvaluation } from './regression.js';

/** A model's outputs for the samples from `begin` to before `end`, row after row. */
export interface OutputBatch {
  readonly begin: number;
  readonly end: number;
  readonly outputs: Float32Array;
}

/**
 * All measures of a model from one forward pass: they cost next to nothing beside it.
 * @throws FleetError TRAINING_FAILED when the loss is not finite; RangeError for a squared loss
 *   without targets
 */
export async function evaluateOutputs(
  loss: ModelSpec['loss'],
  samples: Samples,
  batches: AsyncIterable<OutputBatch>,
): Promise<Evaluation> {
  const evaluation =
    loss === 'softmax-cross-entropy' ? await classified(samples, batches) : await regressed(samples, batches);
  return finite(evaluation);
}

/** @throws FleetError TRAINING_FAILED when the loss is not finite */
export function finite(evaluation: Evaluation): Evaluation {
  if (Number.isFinite(evaluation.loss)) return evaluation;
  throw new FleetError('TRAINING_FAILED', `the loss of the evaluation is ${evaluation.loss}`);
}

async function classified({ labels }: Samples, batches: AsyncIterable<OutputBatch>): Promise<Evaluation> {
  let meter: ClassificationMeter | undefined;
  for await (const { begin, end, outputs } of batches) {
    meter ??= new ClassificationMeter(outputs.length / (end - begin));
    meter.add(outputs, labels.subarray(begin, end));
  }
  if (meter === undefined) throw new RangeError('no samples');
  return meter.evaluation();
}

async function regressed(
  { targets, count }: Samples,
  batches: AsyncIterable<OutputBatch>,
): Promise<Evaluation> {
  if (targets === undefined) throw new RangeError('samples without targets for a squared loss');
  const predicted = new Float32Array(targets.length);
  const width = targets.length / count;
  for await (const { begin, outputs } of batches) predicted.set(outputs, begin * width);
  return regressionEvaluation(predicted, targets, count);
}
