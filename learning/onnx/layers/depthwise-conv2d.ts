import type { DepthwiseConv2dLayer } from '../../models/model-spec.js';
import { outputSide } from '../../models/window.js';
import { activations } from '../activations/activation.js';
import type { Value } from '../graph.js';
import { add, addend, columnSums, mul, reduceSum, reshape, sizeOf } from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';
import { type Field, seen, seers, takePositions } from './taps.js';

/**
 * A convolution of each channel by itself. With X what the window sees [batch, positions, taps,
 * channels], W [taps, channels] and d the gradient before the activation: y = f(sum over taps of X W +
 * b), dW = sum over batch and positions of X d, dx as y, of d where each input is seen.
 */
export function depthwiseConv2d(context: LayerContext, layer: DepthwiseConv2dLayer, input: Value): LayerPass {
  const { graph, batch } = context;
  const [, height = 0, width = 0, channels = 0] = input.shape;
  const field: Field = { height, width, window: layer };
  const taps = layer.kernelSize ** 2;
  const { useBias = true } = layer;
  const activation = activations[layer.activation];
  const outputShape = [batch, outputSide(height, layer), outputSide(width, layer), channels];
  const positions = sizeOf(outputShape) / channels;

  const kernel = context.weight('kernel', [taps, channels]);
  const take = (image: Value, indices: readonly number[]): Value => {
    const flat = reshape(graph, image, [batch, sizeOf(image.shape) / (batch * channels), channels]);
    const rows = indices.length / taps;
    return reshape(graph, takePositions(graph, flat, indices), [batch * rows, taps, channels]);
  };
  const windows = take(input, seen(field));
  const sum = reduceSum(graph, mul(graph, windows, kernel), [1]);
  const x = useBias ? add(graph, sum, context.weight('bias', [channels])) : sum;
  const y = activation.forward(graph, x);
  return {
    output: reshape(graph, y, outputShape),
    backward(gradient) {
      const d = activation.backward(graph, { x, y }, reshape(graph, gradient, [positions, channels]));
      const each = reshape(graph, d, [positions, 1, channels]);
      context.gradient('kernel', addend(reduceSum(graph, mul(graph, windows, each), [0])));
      if (useBias) context.gradient('bias', columnSums(graph, d));
      return () => {
        const rows = take(reshape(graph, d, outputShape), seers(field));
        return reshape(graph, reduceSum(graph, mul(graph, rows, kernel), [1]), input.shape);
      };
    },
  };
}
