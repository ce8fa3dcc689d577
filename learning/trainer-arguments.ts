import { type Samples, sampleSize } from './datasets/samples.js';
import type { ModelSpec } from './models/model-spec.js';
import type { WeightLayout } from './models/weight-layout.js';

/**
 * Refuses what no engine can train or evaluate, before any of it is computed.
 * @throws RangeError for weights of another model, for no samples, and for samples of another shape,
 *   without a class or a target each, or of a class that the model has no output for
 */
export function assertFit(
  { inputShape, loss }: ModelSpec,
  { parameterCount, outputs }: WeightLayout,
  weights: Float32Array,
  samples: Samples,
): void {
  if (weights.length !== parameterCount) {
    throw new RangeError(`${weights.length} weights for a model of ${parameterCount}`);
  }
  const { count, labels, targets, features } = samples;
  if (count === 0) throw new RangeError('no samples');
  if (samples.inputShape.join() !== inputShape.join()) {
    throw new RangeError(`samples of ${samples.inputShape} for a model of ${inputShape}`);
  }
  if (features.length !== count * sampleSize(inputShape)) {
    throw new RangeError(`${features.length} values for ${count} samples of [${inputShape}]`);
  }
  if (loss === 'mean-squared-error') {
    if (targets?.length === count * outputs) return;
    throw new RangeError(`${targets?.length ?? 'no'} targets for ${count} samples of ${outputs} outputs`);
  }
  if (labels.length !== count) throw new RangeError(`${labels.length} labels for ${count} samples`);
  const highest = labels.reduce((high, label) => Math.max(high, label), 0);
  if (highest >= outputs) throw new RangeError(`class ${highest} for a model of ${outputs} outputs`);
}
