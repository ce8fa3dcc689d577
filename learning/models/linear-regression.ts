import type { ModelSpec } from './model-spec.js';

/** Linear regression: one weighted sum a target, fitted by its squared error. */
export function linearRegressionSpec(data: {
  readonly inputShape: readonly number[];
  readonly targets: number;
}): ModelSpec {
  return {
    inputShape: data.inputShape,
    layers: [{ kind: 'dense', units: data.targets, activation: 'linear' }],
    loss: 'mean-squared-error',
  };
}
