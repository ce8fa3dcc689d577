import type { LayerWeights } from './weight-layout.js';

/** Batch normalisation has gamma, beta and two moving averages, each [channels]. */
export function batchNormWeights(inputShape: readonly number[]): LayerWeights {
  const shape = [inputShape.at(-1) ?? 0];
  return {
    tensors: [
      { name: 'gamma', shape, initializer: { kind: 'ones' } },
      { name: 'beta', shape, initializer: { kind: 'zeros' } },
      { name: 'moving_mean', shape, initializer: { kind: 'zeros' }, trainable: false },
      { name: 'moving_variance', shape, initializer: { kind: 'ones' }, trainable: false },
    ],
    outputShape: inputShape,
  };
}
