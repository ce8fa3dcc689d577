import type { LayerSpec, ModelSpec } from './model-spec.js';

/**
 * A small convolutional network: a 3x3 convolution with ReLU and a 2x2 max-pooling for each entry of
 * `filters`, then a hidden layer.
 *
 * @example cnnSpec(datasetInfo('mnist')) // 16 and 32 filters, 64 hidden units: 105,866 parameters
 */
export function cnnSpec(
  data: { readonly inputShape: readonly number[]; readonly classes: number },
  filters: readonly number[] = [16, 32],
  hiddenUnits = 64,
): ModelSpec {
  const blocks = filters.flatMap((count): LayerSpec[] => [
    { kind: 'conv2d', filters: count, kernelSize: 3, strides: 1, padding: 'same', activation: 'relu' },
    { kind: 'max-pool2d', size: 2 },
  ]);
  return {
    inputShape: data.inputShape,
    layers: [
      ...blocks,
      { kind: 'flatten' },
      { kind: 'dense', units: hiddenUnits, activation: 'relu' },
      { kind: 'dense', units: data.classes, activation: 'linear' },
    ],
    loss: 'softmax-cross-entropy',
  };
}
