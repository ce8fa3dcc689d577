import type { Conv2dLayer } from '../../models/model-spec.js';
import { outputSide, paddingBefore } from '../../models/window.js';
import { activations } from '../activations/activation.js';
import type { Graph, Value } from '../graph.js';
import { columnSums, concat, gemm, product, reshape, sizeOf, transpose } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { type Field, seen, seers, takePositions } from './taps.js';

/**
 * A convolution as matrix products. With X the rows of what the window sees at each position [batch *
 * positions, taps * channels] and d the gradient before the activation: y = f(X W + b), dW = X^T d,
 * db = sum of d; dx is the same with the roles of input and output exchanged, rows of d where each
 * input is seen, times W with channels and filters exchanged.
 */
export function conv2d(context: LayerContext, layer: Conv2dLayer, input: Value): LayerPass {
  const { graph, batch } = context;
  const [, height = 0, width = 0, channels = 0] = input.shape;
  const field: Field = { height, width, window: layer };
  const { filters, useBias = true } = layer;
  const taps = layer.kernelSize ** 2;
  const activation = activations[layer.activation];
  const outputShape = [batch, outputSide(height, layer), outputSide(width, layer), filters];
  const positions = sizeOf(outputShape) / filters;

  const kernel = context.weight('kernel', [taps * channels, filters]);
  const bias = useBias ? { plus: context.weight('bias', [1, filters]) } : {};
  // A gray image has single numbers to copy for a row; whole lines are copied for the transpose.
  const byTaps = channels === 1 && taps > 1;
  const windows = byTaps
    ? tapMatrix(graph, input, field)
    : reshape(graph, pointwise(field) ? input : takeWindows(graph, input, seen(field)), [
        positions,
        taps * channels,
      ]);
  const x = gemm(graph, windows, kernel, { ...bias, transposeA: byTaps });
  const y = activation.forward(graph, x);
  return {
    output: reshape(graph, y, outputShape),
    backward(gradient) {
      const behind = reshape(graph, gradient, [positions, filters]);
      const d = activation.backward(graph, { x, y }, behind);
      context.gradient('kernel', product(windows, d, { transposeA: !byTaps }));
      if (useBias) context.gradient('bias', columnSums(graph, d));
      return () => {
        if (pointwise(field))
          return reshape(graph, gemm(graph, d, kernel, { transposeB: true }), input.shape);
        const rows = takeWindows(graph, reshape(graph, d, outputShape), seers(field));
        const exchanged = transpose(graph, reshape(graph, kernel, [taps, channels, filters]), [0, 2, 1]);
        const dx = gemm(
          graph,
          reshape(graph, rows, [sizeOf(input.shape) / channels, taps * filters]),
          reshape(graph, exchanged, [taps * filters, channels]),
        );
        return reshape(graph, dx, input.shape);
      };
    },
  };
}

/** Whether every output sees just the input at its own position. */
function pointwise({ window }: Field): boolean {
  return window.kernelSize === 1 && window.strides === 1;
}

function takeWindows(graph: Graph, image: Value, indices: readonly number[]): Value {
  const [batch = 0, height = 0, width = 0, channels = 0] = image.shape;
  return takePositions(graph, reshape(graph, image, [batch, height * width, channels]), indices);
}

/** What the window sees of gray images, transposed: [taps, batch * positions]. */
function tapMatrix(graph: Graph, input: Value, { height, width, window }: Field): Value {
  const { kernelSize, strides } = window;
  const batch = input.shape[0] ?? 0;
  const [rows, columns] = [outputSide(height, window), outputSide(width, window)];
  const [top, left] = [paddingBefore(height, window), paddingBefore(width, window)];
  const neededHeight = Math.max(height + top, (rows - 1) * strides + kernelSize);
  const neededWidth = Math.max(width + left, (columns - 1) * strides + kernelSize);
  const pads = [0, top, left, 0, neededHeight - height - top, neededWidth - width - left];
  const padded = graph.node(
    'Pad',
    [reshape(graph, input, [batch, height, width]), graph.integers(pads)],
    [batch, neededHeight, neededWidth],
  );
  const lines: Value[] = [];
  for (let i = 0; i < kernelSize; i++) {
    for (let j = 0; j < kernelSize; j++) {
      const ends = [i + (rows - 1) * strides + 1, j + (columns - 1) * strides + 1];
      const slice = graph.node(
        'Slice',
        [
          padded,
          graph.integers([i, j]),
          graph.integers(ends),
          graph.integers([1, 2]),
          graph.integers([strides, strides]),
        ],
        [batch, rows, columns],
      );
      lines.push(reshape(graph, slice, [1, batch * rows * columns]));
    }
  }
  return concat(graph, lines, 0);
}
