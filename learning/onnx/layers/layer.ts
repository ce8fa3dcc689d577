import type { Activation, LayerSpec } from '../../models/model-spec.js';
import { activations } from '../activations/activation.js';
import type { Graph, Value } from '../graph.js';
import { type Addend, reshape, settle, sizeOf } from '../operators.js';
import { averagePool2d, globalAveragePool2d } from './average-pool2d.js';
import { batchNorm } from './batch-norm.js';
import { conv2d } from './conv2d.js';
import { dense } from './dense.js';
import { depthwiseConv2d } from './depthwise-conv2d.js';
import { dropout } from './dropout.js';
import { gru } from './gru.js';
import { lstm } from './lstm.js';
import { maxPool2d } from './max-pool2d.js';
import { pooledConv2d } from './pooled-conv2d.js';
import { residual } from './residual.js';
import { simpleRnn } from './simple-rnn.js';

/** What a layer is built into. */
export interface LayerContext {
  readonly graph: Graph;
  /** Samples in a batch: the first side of every activation. */
  readonly batch: number;
  readonly training: boolean;
  /** Whether a layer before it learns: only then will somebody ask for the gradient before it. */
  readonly learnsBefore?: boolean;
  /** Channels that the runtime's own convolutions take at once (`channelBlock`), where they are to be used. */
  readonly channelBlock?: number | undefined;
  /** One of the layer's tensors, by its name in the weight layout, in any shape of the same size. */
  weight(name: string, shape: readonly number[]): Value;
  /** One of its matrices that are trained, transposed: [columns, rows]. Its gradient then is so, too. */
  turnedWeight(name: string, shape: readonly [number, number]): Value;
  /**
   * Says what the gradient of a tensor is, in the shape that `weight` gave it; for a tensor that is
   * not trained, what it is after the step.
   */
  gradient(name: string, gradient: Addend): void;
  /** A new dropout mask at each step: 0 with probability `rate`, else 1 / (1 - rate). */
  mask(shape: readonly number[], rate: number): Value;
}

/** A layer after its forward pass. */
export interface LayerPass {
  readonly output: Value;
  /**
   * Appends the backward pass, given the gradient behind the layer. Returns what appends the
   * gradient before it: a function, because nobody asks for the first layer's.
   */
  backward(gradient: Value): () => Value;
}

/** Appends a layer's forward pass. The batch is the first axis, channels the last. */
function buildLayer(context: LayerContext, layer: LayerSpec, input: Value): LayerPass {
  const { graph, batch } = context;
  switch (layer.kind) {
    case 'dense':
      return dense(context, layer, input);
    case 'flatten':
      return {
        output: reshape(graph, input, [batch, sizeOf(input.shape) / batch]),
        backward: (gradient) => () => reshape(graph, gradient, input.shape),
      };
    case 'reshape':
      return {
        output: reshape(graph, input, [batch, ...layer.shape]),
        backward: (gradient) => () => reshape(graph, gradient, input.shape),
      };
    case 'activation': {
      const activation = activations[layer.activation];
      const output = activation.forward(graph, input);
      return {
        output,
        backward: (gradient) => () => activation.backward(graph, { x: input, y: output }, gradient),
      };
    }
    case 'conv2d':
      return conv2d(context, layer, input);
    case 'depthwise-conv2d':
      return depthwiseConv2d(context, layer, input);
    case 'max-pool2d':
      return maxPool2d(context, layer, input);
    case 'average-pool2d':
      return averagePool2d(context, layer, input);
    case 'global-average-pool2d':
      return globalAveragePool2d(context, input);
    case 'batch-norm':
      return batchNorm(context, layer, input);
    case 'dropout':
      return dropout(context, layer, input);
    case 'simple-rnn':
      return simpleRnn(context, layer, input);
    case 'lstm':
      return lstm(context, layer, input);
    case 'gru':
      return gru(context, layer, input);
    case 'residual':
      return residual(context, layer, input);
  }
}

/** Whether a layer does with an input that is still to be multiplied. */
function takesFactors({ kind }: LayerSpec): boolean {
  return kind === 'dense' || kind === 'flatten' || kind === 'reshape';
}

/** Appends layers one behind the other, each in its own context. */
export function buildLayers(
  contextOf: (index: number) => LayerContext,
  layers: readonly LayerSpec[],
  input: Value,
): LayerPass {
  const passes: { readonly pass: LayerPass; readonly learns: boolean }[] = [];
  let output = input;
  for (const { index, layer, pooled } of poolEarly(layers)) {
    const own = contextOf(index);
    let learns = false;
    const context: LayerContext = {
      ...own,
      learnsBefore: own.learnsBefore === true || passes.some((pass) => pass.learns),
      weight(name, shape) {
        learns = true;
        return own.weight(name, shape);
      },
      turnedWeight(name, shape) {
        learns = true;
        return own.turnedWeight(name, shape);
      },
    };
    const given = takesFactors(layer) ? output : settle(context.graph, output);
    const pass =
      layer.kind === 'conv2d' && pooled !== undefined
        ? pooledConv2d(context, layer, pooled, given)
        : buildLayer(context, layer, given);
    passes.push({ pass, learns });
    output = pass.output;
  }
  return {
    output,
    backward(gradient) {
      let behind = (): Value => gradient;
      for (const { pass, learns } of [...passes].reverse()) {
        const known = behind;
        // What learns nothing only hands on, and that is for nothing where nothing before it learns.
        behind = learns ? pass.backward(known()) : () => pass.backward(known())();
      }
      return behind;
    },
  };
}

function keepsOrder(activation: Activation): boolean {
  return activation === 'relu' || activation === 'linear';
}

interface Step {
  readonly index: number;
  readonly layer: LayerSpec;
  /** The side of the fields of a max-pooling that goes with the layer. */
  readonly pooled?: number;
}

/**
 * Layers with their indices, max-poolings together with the convolution before them. Its ReLU goes behind
 * both, where it has a fraction of the work: the largest value is the same, and so are all gradients,
 * which are zero where it is not positive.
 */
function poolEarly(layers: readonly LayerSpec[]): Step[] {
  const steps: Step[] = [];
  for (const [index, layer] of layers.entries()) {
    const last = layers[index - 1];
    if (layer.kind !== 'max-pool2d' || last?.kind !== 'conv2d' || !keepsOrder(last.activation)) {
      steps.push({ index, layer });
      continue;
    }
    steps.pop();
    steps.push({ index: index - 1, layer: { ...last, activation: 'linear' }, pooled: layer.size });
    steps.push({ index, layer: { kind: 'activation', activation: last.activation } });
  }
  return steps;
}
