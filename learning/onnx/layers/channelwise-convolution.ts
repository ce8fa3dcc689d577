import type { Graph, Value } from '../graph.js';
import { reduceSum, reshape, transpose } from '../operators.js';
import {
  blockedConvolution,
  type ConvolutionSides,
  convolveBlocks,
  inBlocks,
} from './blocked-convolution.js';

/** Axes that put channels before or behind the positions of an image. */
const channelsFirst = [0, 3, 1, 2];
const channelsLast = [0, 2, 3, 1];

/**
 * Convolves each channel of [batch, height, width, channels] by itself, with taps [taps, channels] and,
 * where given, a bias [channels], to [batch, rows, columns, channels].
 * @param block channels that the runtime takes at once; others than whole blocks it takes one by one
 */
export function convolveChannels(
  graph: Graph,
  image: Value,
  [taps, ...bias]: readonly [Value, ...Value[]],
  convolution: ConvolutionSides & { readonly block: number | undefined },
): Value {
  const { kernelSize, strides, pads, sides, block } = convolution;
  const [batch = 0, , , channels = 0] = image.shape;
  const shape = [channels, 1, kernelSize, kernelSize];
  if (block !== undefined && channels % block === 0) {
    const inBlocks = reshape(graph, taps, [kernelSize ** 2, channels / block, block]);
    const filters = reshape(graph, transpose(graph, inBlocks, [1, 0, 2]), shape);
    return convolveBlocks(graph, image, [filters, ...bias], convolution);
  }
  const filters = reshape(graph, transpose(graph, taps, [1, 0]), shape);
  const inputs = [transpose(graph, image, channelsFirst), filters, ...bias];
  const convolved = graph.node('Conv', inputs, [batch, channels, ...sides], {
    group: channels,
    strides: [strides, strides],
    kernel_shape: [kernelSize, kernelSize],
    pads,
  });
  return transpose(graph, convolved, channelsLast);
}

/**
 * The gradient by the input of such a convolution, given the one by its result.
 * @param sides those of the input
 * @param unseen lines at its bottom and right that no window sees
 */
export function spreadChannels(
  graph: Graph,
  gradient: Value,
  taps: Value,
  { kernelSize, strides, pads, sides }: ConvolutionSides,
  unseen: readonly number[],
): Value {
  const [batch = 0, , , channels = 0] = gradient.shape;
  const filters = reshape(graph, transpose(graph, taps, [1, 0]), [channels, 1, kernelSize, kernelSize]);
  const inputs = [transpose(graph, gradient, channelsFirst), filters];
  const spread = graph.node('ConvTranspose', inputs, [batch, channels, ...sides], {
    group: channels,
    strides: [strides, strides],
    kernel_shape: [kernelSize, kernelSize],
    pads,
    output_padding: unseen,
  });
  return transpose(graph, spread, channelsLast);
}

/**
 * The gradient by the taps [taps, channels] of such a convolution, given the one by its result: a convolution itself,
 * of each sample's channels by themselves, with the gradient for a kernel whose taps are as far apart as windows are.
 *
 * @param image what was convolved [batch, height, width, channels], whole blocks of channels
 * @param gradient by the result [batch, rows, columns, channels]
 * @param convolution whose windows see all of the image
 */
export function tapGradients(
  graph: Graph,
  image: Value,
  gradient: Value,
  { kernelSize, strides, pads, block }: Omit<ConvolutionSides, 'sides'> & { readonly block: number },
): Value {
  const [batch = 0, height = 0, width = 0, channels = 0] = image.shape;
  const [, rows = 0, columns = 0] = gradient.shape;
  const taps = kernelSize ** 2;
  const all = batch * channels;
  const sums = blockedConvolution(
    graph,
    reshape(graph, inBlocks(graph, image), [1, all, height, width]),
    [reshape(graph, inBlocks(graph, gradient), [all, 1, rows, columns])],
    [1, all, kernelSize, kernelSize],
    { group: all, kernel_shape: [rows, columns], strides: [1, 1], dilations: [strides, strides], pads },
  );
  const ofSamples = reshape(graph, sums, [batch, channels / block, taps, block]);
  const ofBlocks = reduceSum(graph, ofSamples, [0]);
  return reshape(graph, transpose(graph, ofBlocks, [1, 0, 2]), [taps, channels]);
}
