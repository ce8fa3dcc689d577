import type { Activation, LayerSpec, ModelSpec } from './model-spec.js';

/**
 * A multilayer perceptron: hidden layers, each followed by dropout if there is any, and one logit a
 * class. Without hidden layers it is logistic regression.
 *
 * @example mlpSpec(datasetInfo('mnist'), [128, 64]) // 784-128-64-10, 109,386 parameters
 */
export function mlpSpec(
  data: { readonly inputShape: readonly number[]; readonly classes: number },
  hiddenLayers: readonly number[],
  { activation = 'relu', dropout = 0 }: { readonly activation?: Activation; readonly dropout?: number } = {},
): ModelSpec {
  const hidden = hiddenLayers.flatMap((units): LayerSpec[] => [
    { kind: 'dense', units, activation },
    ...(dropout > 0 ? [{ kind: 'dropout' as const, rate: dropout }] : []),
  ]);
  const output: LayerSpec = { kind: 'dense', units: data.classes, activation: 'linear' };
  return { inputShape: data.inputShape, layers: [...hidden, output], loss: 'softmax-cross-entropy' };
}
