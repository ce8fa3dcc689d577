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
} from '../operators.js';
import type { LayerContext, LayerPass } from './layer.js';

/**
 * Batch normalisation (Ioffe & Szegedy 2015, Algorithm 1 and the gradients of section 3): with n = (x -
 * mean) / sqrt(variance + epsilon), y = gamma n + beta and dx = gamma / sqrt(variance + epsilon) (d -
 * mean(d) - n mean(d n)).
 */
export function batchNorm(context: LayerContext, layer: BatchNormLayer, input: Value): LayerPass {
  const { graph, training } = context;
  const { momentum = 0.99, epsilon = 1e-3 } = layer;
  const channels = input.shape.at(-1) ?? 1;
  const rows = sizeOf(input.shape) / channels;
  const weight = (name: string) => context.weight(name, [channels]);
  const [gamma, beta] = [weight('gamma'), weight('beta')];
  const [movingMean, movingVariance] = [weight('moving_mean'), weight('moving_variance')];

  const x = reshape(graph, input, [rows, channels]);
  const mean = training ? reduceMean(graph, x, [0]) : movingMean;
  const centred = sub(graph, x, mean);
  const variance = training ? reduceMean(graph, mul(graph, centred, centred), [0]) : movingVariance;
  const deviation = sqrt(graph, add(graph, variance, graph.scalar(epsilon)));
  const normal = mul(graph, centred, div(graph, graph.scalar(1), deviation));
  const output = add(graph, mul(graph, normal, gamma), beta);
  return {
    output: reshape(graph, output, input.shape),
    backward(gradient) {
      const d = reshape(graph, gradient, [rows, channels]);
      const dGamma = reduceSum(graph, mul(graph, d, normal), [0]);
      const dBeta = reduceSum(graph, d, [0]);
      context.gradient('gamma', addend(dGamma));
      context.gradient('beta', addend(dBeta));
      context.gradient('moving_mean', addend(moved(graph, movingMean, mean, momentum)));
      context.gradient('moving_variance', addend(moved(graph, movingVariance, variance, momentum)));
      return () => {
        const along = mul(graph, normal, scale(graph, dGamma, 1 / rows));
        const rest = sub(graph, sub(graph, d, scale(graph, dBeta, 1 / rows)), along);
        return reshape(graph, mul(graph, rest, div(graph, gamma, deviation)), input.shape);
      };
    },
  };
}

/** A moving average after one more value: old - (1 - momentum) (old - value). */
function moved(graph: Graph, old: Value, value: Value, momentum: number): Value {
  return sub(graph, old, scale(graph, sub(graph, old, value), 1 - momentum));
}
