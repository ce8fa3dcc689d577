import type { Conv2dLayer } from '../../models/model-spec.js';
import { outputSide } from '../../models/window.js';
import type { Value } from '../graph.js';
import { reshape, transpose } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';

/**
 * A convolution and the max-pooling of fields of `pooled` x `pooled` behind it by the runtime's own nodes: they copy
 * no windows, but have no gradients. There channels come before rows and columns; of exchanges that follow each
 * other, the runtime leaves out both.
 * @param input [batch, height, width, channels]
 * @returns [batch, rows, columns, filters]
 */
export function conv2dInference(
  { graph, batch, weight }: LayerContext,
  layer: Conv2dLayer,
  input: Value,
  pooled = 1,
): Value {
  const [, height = 0, width = 0, channels = 0] = input.shape;
  const { filters, kernelSize, strides, padding, useBias = true } = layer;
  const [rows, columns] = [outputSide(height, layer), outputSide(width, layer)];
  const kernel = weight('kernel', [kernelSize ** 2 * channels, filters]);
  const taps = reshape(graph, kernel, [kernelSize, kernelSize, channels, filters]);
  const image = transpose(graph, input, [0, 3, 1, 2]);
  const inputs = [image, transpose(graph, taps, [3, 2, 0, 1])];
  if (useBias) inputs.push(reshape(graph, weight('bias', [1, filters]), [filters]));
  const y = graph.node('Conv', inputs, [batch, filters, rows, columns], {
    kernel_shape: [kernelSize, kernelSize],
    strides: [strides, strides],
    auto_pad: padding === 'same' ? 'SAME_UPPER' : 'VALID',
  });
  return transpose(graph, pooled === 1 ? y : maxPool(graph, y, pooled), [0, 2, 3, 1]);
}

/** A layer of a graph in which nothing is trained. */
export function forwardOnly(output: Value): LayerPass {
  return {
    output,
    backward: () => {
      throw new RangeError('an inference has no gradients');
    },
  };
}

function maxPool(graph: LayerContext['graph'], y: Value, size: number): Value {
  const [batch = 0, filters = 0, rows = 0, columns = 0] = y.shape;
  const shape = [batch, filters, Math.floor(rows / size), Math.floor(columns / size)];
  return graph.node('MaxPool', [y], shape, { kernel_shape: [size, size], strides: [size, size] });
}
