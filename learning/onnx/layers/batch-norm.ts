import type { BatchNormLayer } from '../../models/model-spec.js';
import type { Graph, Value } from '../graph.js';
import {
  add,
  addend,
  div,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  scale,
  sizeOf,
  sqrt,
  sub,
  tile,
} from '../operators.js';
import { forwardOnly } from './conv2d-inference.js';
import type { LayerContext, LayerPass } from './layer.js';

/**
 * Batch normalisation (Ioffe & Szegedy 2015, Algorithm 1 and the gradients of section 3): with n = (x -
 * mean) / sqrt(variance + epsilon), y = gamma n + beta and dx = gamma / sqrt(variance + epsilon) (d -
 * mean(d) - n mean(d n)). What is kept for the way back is x - mean, not n: that is a pass less.
 */
export function batchNorm(context: LayerContext, layer: BatchNormLayer, input: Value): LayerPass {
  const { graph, training } = context;
  const { momentum = 0.99, epsilon = 1e-3 } = layer;
  const channels = input.shape.at(-1) ?? 1;
  const rows = sizeOf(input.shape) / channels;
  const weight = (name: string) => context.weight(name, [channels]);
  const [gamma, beta] = [weight('gamma'), weight('beta')];
  const [movingMean, movingVariance] = [weight('moving_mean'), weight('moving_variance')];

  const together = rowsTogether(rows, channels);
  // Every pass over all values is on lines of several rows: ONNX Runtime is slow where short rows meet one.
  const lines = (x: Value) => reshape(graph, x, [rows / together, together * channels]);
  const each = (vector: Value) => tile(graph, vector, together);
  const spreadOf = (variance: Value) => add(graph, variance, graph.scalar(epsilon));
  if (!training) {
    const slope = div(graph, gamma, sqrt(graph, spreadOf(movingVariance)));
    const shift = sub(graph, beta, mul(graph, movingMean, slope));
    const output = add(graph, mul(graph, lines(input), each(slope)), each(shift));
    return forwardOnly(reshape(graph, output, input.shape));
  }
  const over = (reduce: typeof reduceMean, x: Value) =>
    reduce(graph, reshape(graph, x, [rows, channels]), [0]);
  const mean = over(reduceMean, input);
  const centred = sub(graph, lines(input), each(mean));
  const variance = over(reduceMean, mul(graph, centred, centred));
  const spread = spreadOf(variance);
  const deviation = sqrt(graph, spread);
  const slope = div(graph, gamma, deviation);
  const output = add(graph, mul(graph, centred, each(slope)), each(beta));
  return {
    output: reshape(graph, output, input.shape),
    backward(gradient) {
      const d = lines(gradient);
      const along = over(reduceSum, mul(graph, d, centred));
      const dBeta = over(reduceSum, d);
      context.gradient('gamma', addend(div(graph, along, deviation)));
      context.gradient('beta', addend(dBeta));
      context.gradient('moving_mean', addend(moved(graph, movingMean, mean, momentum)));
      context.gradient('moving_variance', addend(moved(graph, movingVariance, variance, momentum)));
      return () => {
        const common = sub(graph, d, each(scale(graph, dBeta, 1 / rows)));
        const tilt = mul(graph, centred, each(div(graph, scale(graph, along, 1 / rows), spread)));
        return reshape(graph, mul(graph, sub(graph, common, tilt), each(slope)), input.shape);
      };
    },
  };
}

/** As many rows as make a line of at most 2,048 values and divide all rows, a power of two. */
function rowsTogether(rows: number, channels: number): number {
  let together = 1;
  while (rows % (2 * together) === 0 && 2 * together * channels <= 2048) together *= 2;
  return together;
}

/** A moving average after one more value: old - (1 - momentum) (old - value). */
function moved(graph: Graph, old: Value, value: Value, momentum: number): Value {
  return sub(graph, old, scale(graph, sub(graph, old, value), 1 - momentum));
}
