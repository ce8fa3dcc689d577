import type { ModelSpec } from './model-spec.js';

/**
 * A recurrent layer that reads a sample line by line, and one logit a class. An image [height, width,
 * channels] is a sequence of its lines, their channels side by side.
 *
 * @example recurrentSpec(datasetInfo('mnist'), 'lstm', 64) // 28 steps of 28 values
 */
export function recurrentSpec(
  data: { readonly inputShape: readonly number[]; readonly classes: number },
  kind: 'simple-rnn' | 'lstm' | 'gru',
  units: number,
): ModelSpec {
  const [steps = 1, ...line] = data.inputShape;
  const features = line.reduce((product, side) => product * side, 1);
  return {
    inputShape: data.inputShape,
    layers: [
      { kind: 'reshape', shape: [steps, features] },
      { kind, units },
      { kind: 'dense', units: data.classes, activation: 'linear' },
    ],
    loss: 'softmax-cross-entropy',
  };
}
