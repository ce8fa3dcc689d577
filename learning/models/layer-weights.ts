import { batchNormWeights } from './batch-norm-weights.js';
import { conv2dWeights, depthwiseConv2dWeights } from './convolution-weights.js';
import { denseWeights } from './dense-weights.js';
import type { LayerSpec } from './model-spec.js';
import { globalPoolingShape, poolingShape } from './pooling-shapes.js';
import { recurrentWeights } from './recurrent-weights.js';
import { residualWeights } from './residual-weights.js';
import type { LayerWeights } from './weight-layout.js';

/**
 * A layer's tensors, given the shape of a sample before it.
 * @throws RangeError for a shape that it cannot take, and for a kind of layer that there is not
 */
export function layerWeights(layer: LayerSpec, inputShape: readonly number[]): LayerWeights {
  switch (layer.kind) {
    case 'dense':
      return denseWeights(layer, inputShape);
    case 'flatten':
      return { tensors: [], outputShape: [inputShape.reduce((product, side) => product * side, 1)] };
    case 'reshape':
      return { tensors: [], outputShape: reshaped(layer.shape, inputShape) };
    case 'activation':
      return { tensors: [], outputShape: inputShape };
    case 'dropout':
      if (layer.rate >= 0 && layer.rate < 1) return { tensors: [], outputShape: inputShape };
      throw new RangeError(`a dropout rate of ${layer.rate}: must be in [0, 1)`);
    case 'conv2d':
      return conv2dWeights(layer, inputShape);
    case 'depthwise-conv2d':
      return depthwiseConv2dWeights(layer, inputShape);
    case 'max-pool2d':
    case 'average-pool2d':
      return poolingShape(layer.size, inputShape);
    case 'global-average-pool2d':
      return globalPoolingShape(inputShape);
    case 'batch-norm':
      return batchNormWeights(inputShape);
    case 'simple-rnn':
    case 'lstm':
    case 'gru':
      return recurrentWeights(layer, inputShape);
    case 'residual':
      return residualWeights(layer, inputShape);
    default:
      return unknownLayer(layer);
  }
}

function reshaped(shape: readonly number[], inputShape: readonly number[]): readonly number[] {
  const size = (sides: readonly number[]) => sides.reduce((product, side) => product * side, 1);
  if (size(shape) === size(inputShape)) return shape;
  throw new RangeError(`[${inputShape}] cannot take the shape [${shape}]`);
}

/** For specifications that did not go through the compiler. */
function unknownLayer(layer: never): never {
  throw new RangeError(`no such layer: ${JSON.stringify(layer)}`);
}
