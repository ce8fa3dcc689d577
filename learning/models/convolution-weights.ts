import type { Conv2dLayer, DepthwiseConv2dLayer } from './model-spec.js';
import type { LayerWeights, WeightTensor } from './weight-layout.js';
import { imageShape, outputSide } from './window.js';

/** A convolution has a kernel [size, size, channels, filters] and a bias [filters]. */
export function conv2dWeights(layer: Conv2dLayer, inputShape: readonly number[]): LayerWeights {
  const [height, width, channels] = imageShape(inputShape, 'conv2d');
  const { filters, kernelSize } = layer;
  const taps = kernelSize ** 2;
  const kernel: WeightTensor = {
    name: 'kernel',
    shape: [kernelSize, kernelSize, channels, filters],
    initializer: { kind: 'glorot-uniform', fanIn: taps * channels, fanOut: taps * filters },
  };
  return {
    tensors: withBias(layer, kernel, filters),
    outputShape: positive([outputSide(height, layer), outputSide(width, layer), filters], inputShape),
  };
}

/** A depthwise convolution has a kernel [size, size, channels, 1] and a bias [channels]. */
export function depthwiseConv2dWeights(
  layer: DepthwiseConv2dLayer,
  inputShape: readonly number[],
): LayerWeights {
  const [height, width, channels] = imageShape(inputShape, 'depthwise-conv2d');
  const { kernelSize } = layer;
  const taps = kernelSize ** 2;
  const kernel: WeightTensor = {
    name: 'kernel',
    shape: [kernelSize, kernelSize, channels, 1],
    initializer: { kind: 'glorot-uniform', fanIn: taps * channels, fanOut: taps },
  };
  return {
    tensors: withBias(layer, kernel, channels),
    outputShape: positive([outputSide(height, layer), outputSide(width, layer), channels], inputShape),
  };
}

function withBias(
  { useBias = true }: { readonly useBias?: boolean },
  kernel: WeightTensor,
  size: number,
): WeightTensor[] {
  return useBias ? [kernel, { name: 'bias', shape: [size], initializer: { kind: 'zeros' } }] : [kernel];
}

function positive(shape: readonly number[], inputShape: readonly number[]): readonly number[] {
  if (shape.every((side) => side > 0)) return shape;
  throw new RangeError(`a kernel is larger than its input [${inputShape}]`);
}
