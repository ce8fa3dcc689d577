import { blockedDomain } from '../channel-block.js';
import type { Graph, Value } from '../graph.js';

/** The sides of a convolution. */
export interface ConvolutionSides {
  readonly kernelSize: number;
  readonly strides: number;
  /** Zeros around: top, left, bottom, right. */
  readonly pads: readonly number[];
  /** Rows and columns of the result. */
  readonly sides: readonly [number, number];
}

/**
 * A convolution by ONNX Runtime's own operators, which take channels in blocks (`channelBlock`): several
 * times as fast as the standard's where each channel goes by itself, and without copies of windows.
 *
 * @param image [batch, height, width, channels]
 * @param weights for each block of filters and, in it, each block of channels and tap, a matrix of channels
 *   and filters: [filters, channels, kernelSize, kernelSize] by its size. Or, of a channel a group, for each
 *   block and tap its channels. Then, where there is one, the bias [filters].
 * @returns [batch, rows, columns, filters]
 */
export function convolveBlocks(
  graph: Graph,
  image: Value,
  weights: readonly [Value, ...Value[]],
  { kernelSize, strides, pads, sides }: ConvolutionSides,
): Value {
  const [batch = 0, , , channels = 0] = image.shape;
  const [filters = 0, perGroup = channels] = weights[0].shape;
  const convolved = blockedConvolution(graph, inBlocks(graph, image), weights, [batch, filters, ...sides], {
    group: channels / perGroup,
    kernel_shape: [kernelSize, kernelSize],
    strides: [strides, strides],
    pads,
  });
  const result = [batch, ...sides, filters];
  return graph.node(`${blockedDomain}.ReorderOutput`, [convolved], result, {
    channels: filters,
    channels_last: 1,
  });
}

/** [batch, height, width, channels] with channels in blocks: for each block, all positions with its channels. */
export function inBlocks(graph: Graph, image: Value): Value {
  const [batch = 0, height = 0, width = 0, channels = 0] = image.shape;
  return graph.node(`${blockedDomain}.ReorderInput`, [image], [batch, channels, height, width], {
    channels_last: 1,
  });
}

/** The convolution itself, from blocks to blocks. */
export function blockedConvolution(
  graph: Graph,
  image: Value,
  weights: readonly Value[],
  shape: readonly number[],
  attributes: Parameters<Graph['node']>[3],
): Value {
  return graph.node(`${blockedDomain}.Conv`, [image, ...weights], shape, attributes);
}
