import type { Activation, LayerSpec, ModelSpec } from './model-spec.js';

interface MlpOptions {
  readonly activation?: Activation;
  readonly dropout?: number;
}

/**
 * A multilayer perceptron: hidden layers, each followed by dropout if there is any, and one logit a
 * class. Without hidden layers it is logistic regression.
 *
 * @example mlpSpec(datasetInfo('mnist'), [128, 64]) // 784-128-64-10, 109,386 parameters
 */
export function mlpSpec(
  data: { readonly inputShape: readonly number[]; readonly classes: number },
  hiddenLayers: readonly number[],
  options: MlpOptions = {},
): ModelSpec {
  return {
    inputShape: data.inputShape,
    layers: perceptronLayers(hiddenLayers, data.classes, options),
    loss: 'softmax-cross-entropy',
  };
}

/** A multilayer perceptron for regression: one value a target, fitted by its squared error. */
export function mlpRegressionSpec(
  data: { readonly inputShape: readonly number[]; readonly targets: number },
  hiddenLayers: readonly number[],
  options: MlpOptions = {},
): ModelSpec {
  return {
    inputShape: data.inputShape,
    layers: perceptronLayers(hiddenLayers, data.targets, options),
    loss: 'mean-squared-error',
  };
}

function perceptronLayers(
  hiddenLayers: readonly number[],
  outputs: number,
  { activation = 'relu', dropout = 0 }: MlpOptions,
): LayerSpec[] {
  const hidden = hiddenLayers.flatMap((units): LayerSpec[] => [
    { kind: 'dense', units, activation },
    ...(dropout > 0 ? [{ kind: 'dropout' as const, rate: dropout }] : []),
  ]);
  return [...hidden, { kind: 'dense', units: outputs, activation: 'linear' }];
}
