import type { LayerSpec } from '../../models/model-spec.js';
import type { Graph, Value } from '../graph.js';
import type { Addend } from '../operators.js';
import { dense } from './dense.js';

/** What a layer is built into. */
export interface LayerContext {
  readonly graph: Graph;
  /** Samples in a batch: the first side of every activation. */
  readonly batch: number;
  readonly training: boolean;
  /** One of the layer's tensors, by its name in the weight layout, in any shape of the same size. */
  weight(name: string, shape: readonly number[]): Value;
  /** Says what the gradient of a tensor is, in the shape that `weight` gave it. */
  gradient(name: string, gradient: Addend): void;
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
export function buildLayer(context: LayerContext, layer: LayerSpec, input: Value): LayerPass {
  switch (layer.kind) {
    case 'dense':
      return dense(context, layer, input);
  }
}
