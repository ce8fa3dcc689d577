import type { Conv2dLayer, DepthwiseConv2dLayer } from './model-spec.js';
import type { LayerWeights, WeightTensor } from './weight-layout.js';
import { imageShape, outputSide, type Window } from './window.js';

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
    outputShape: [...positions(layer, height, width), filters],
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
    outputShape: [...positions(layer, height, width), channels],
  };
}

function withBias(
  { useBias = true }: { readonly useBias?: boolean },
  kernel: WeightTensor,
  size: number,
): WeightTensor[] {
  return useBias ? [kernel, { name: 'bias', shape: [size], initializer: { kind: 'zeros' } }] : [kernel];
}

/** Positions of a window, down and across. Between larger windows TensorFlow.js leaves no inputs out. */
function positions(window: Window, height: number, width: number): readonly number[] {
  const { kernelSize, strides } = window;
  if (kernelSize > 1 && strides > kernelSize) {
    throw new RangeError(`strides of ${strides} are larger than the kernel of ${kernelSize}`);
  }
  const sides = [outputSide(height, window), outputSide(width, window)];
  if (sides.every((side) => side > 0)) return sides;
  throw new RangeError(`a kernel of ${kernelSize} is larger than its input of ${height} x ${width}`);
}
