import type { DenseLayer, ModelSpec } from './model-spec.js';

/**
 * A multilayer perceptron: ReLU hidden layers and one logit a class.
 * @example mlpSpec(datasetInfo('mnist'), [128, 64]) // 784-128-64-10, 109,386 parameters
 */
export function mlpSpec(
  data: { readonly inputShape: readonly number[]; readonly classes: number },
  hiddenLayers: readonly number[],
): ModelSpec {
  const hidden = hiddenLayers.map((units): DenseLayer => ({ kind: 'dense', units, activation: 'relu' }));
  const output: DenseLayer = { kind: 'dense', units: data.classes, activation: 'linear' };
  return { inputShape: data.inputShape, layers: [...hidden, output], loss: 'softmax-cross-entropy' };
}
