import type { DepthwiseConv2dLayer } from '../../models/model-spec.js';
import { outputSide, paddingBefore } from '../../models/window.js';
import { activations } from '../activations/activation.js';
import type { Graph, Value } from '../graph.js';
import { addend, concat, mul, reduceSum, reshape, reversed } from '../operators.js';
import { convolveChannels, spreadChannels, tapGradients } from './channelwise-convolution.js';
import type { LayerContext, LayerPass } from './layer.js';

/**
 * A convolution of each channel by itself. With d the gradient before the activation, dW at a tap is the
 * sum over batch and positions of d times what the tap sees: a convolution with d for a kernel or, where the runtime
 * has none that is fast, nine images one after another: a matrix of all that is seen would be nine at once.
 */
export function depthwiseConv2d(context: LayerContext, layer: DepthwiseConv2dLayer, input: Value): LayerPass {
  const { graph, batch } = context;
  const [, height = 0, width = 0, channels = 0] = input.shape;
  const { kernelSize, strides, useBias = true } = layer;
  const taps = kernelSize ** 2;
  const activation = activations[layer.activation];
  const [rows, columns] = [outputSide(height, layer), outputSide(width, layer)];
  const positions = batch * rows * columns;
  const frame = frameOf(layer, height, width);

  const kernel = context.weight('kernel', [taps, channels]);
  const bias = useBias ? [context.weight('bias', [channels])] : [];
  const convolution = { kernelSize, strides, pads: frame.pads, block: context.channelBlock };
  const convolved = convolveChannels(graph, input, [kernel, ...bias], {
    ...convolution,
    sides: [rows, columns],
  });
  /** @param d [batch, rows, columns, channels] */
  const kernelGradient = (d: Value): Value => {
    const { block } = convolution;
    if (block !== undefined && channels % block === 0 && frame.unseen.every((lines) => lines === 0)) {
      return tapGradients(graph, input, d, { ...convolution, block });
    }
    const seen = tapViews(graph, padded(graph, input, frame.pads), layer, [rows, columns]);
    const sums = seen.map((view) =>
      reshape(graph, reduceSum(graph, mul(graph, view, d), [0, 1, 2]), [1, channels]),
    );
    return concat(graph, sums, 0);
  };
  const x = reshape(graph, convolved, [positions, channels]);
  const y = activation.forward(graph, x);
  return {
    output: reshape(graph, y, [batch, rows, columns, channels]),
    backward(gradient) {
      const d = activation.backward(graph, { x, y }, reshape(graph, gradient, [positions, channels]));
      const image = reshape(graph, d, [batch, rows, columns, channels]);
      context.gradient('kernel', addend(kernelGradient(image)));
      if (useBias) context.gradient('bias', addend(reduceSum(graph, d, [0])));
      return () => {
        const before = { ...convolution, sides: [height, width] as const };
        if (strides > 1) return spreadChannels(graph, image, kernel, before, frame.unseen);
        // With its taps in reverse: what a position gave to another, it gets from there.
        const pads = frame.pads.map((pad) => kernelSize - 1 - pad);
        return convolveChannels(graph, image, [reversed(graph, kernel)], { ...before, pads });
      };
    },
  };
}

interface Frame {
  /** Zeros around: top, left, bottom, right. */
  readonly pads: readonly number[];
  /** Lines at the bottom and the right that no window sees. */
  readonly unseen: readonly number[];
}

function frameOf(layer: DepthwiseConv2dLayer, height: number, width: number): Frame {
  const [vertical, horizontal] = [height, width].map((side) => {
    const before = paddingBefore(side, layer);
    const span = (outputSide(side, layer) - 1) * layer.strides + layer.kernelSize;
    const after = span - before - side;
    return { before, after: Math.max(0, after), unseen: Math.max(0, -after) };
  });
  if (vertical === undefined || horizontal === undefined) throw new RangeError('an image has two sides');
  return {
    pads: [vertical.before, horizontal.before, vertical.after, horizontal.after],
    unseen: [vertical.unseen, horizontal.unseen],
  };
}

function padded(
  graph: Graph,
  image: Value,
  [top = 0, left = 0, bottom = 0, right = 0]: readonly number[],
): Value {
  if (top + left + bottom + right === 0) return image;
  const [batch = 0, height = 0, width = 0, channels = 0] = image.shape;
  const shape = [batch, height + top + bottom, width + left + right, channels];
  return graph.node('Pad', [image, graph.integers([0, top, left, 0, 0, bottom, right, 0])], shape);
}

/** For every tap what it sees at all positions: [batch, rows, columns, channels] each. */
function tapViews(
  graph: Graph,
  image: Value,
  { kernelSize, strides }: DepthwiseConv2dLayer,
  [rows, columns]: readonly [number, number],
): Value[] {
  const shape = [image.shape[0] ?? 0, rows, columns, image.shape[3] ?? 0];
  const views: Value[] = [];
  for (let i = 0; i < kernelSize; i++) {
    for (let j = 0; j < kernelSize; j++) {
      const ends = [i + (rows - 1) * strides + 1, j + (columns - 1) * strides + 1];
      const bounds = [[i, j], ends, [1, 2], [strides, strides]].map((values) => graph.integers(values));
      views.push(graph.node('Slice', [image, ...bounds], shape));
    }
  }
  return views;
}
