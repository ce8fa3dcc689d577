import type { Tensor } from '@tensorflow/tfjs-core';
import { FleetError } from '#protocol';
import type { LayerSpec } from '../models/model-spec.js';
import { denseLayer } from './dense-layer.js';

/** What the backward pass of a layer knows. Gradients are of the batch's mean loss. */
export interface LayerPass {
  readonly input: Tensor;
  readonly output: Tensor;
  readonly outputGradient: Tensor;
  readonly weights: readonly Tensor[];
}

export interface LayerGradients {
  /** In the order of the layer's weights. */
  readonly weights: readonly Tensor[];
  /** A function, because the first layer's is not needed. */
  readonly input: () => Tensor;
}

/**
 * A layer as TensorFlow.js operations, the batch in the first dimension. The backward pass is
 * written by hand: the gradients of TensorFlow.js are only in its union package, with much else.
 */
export interface TfjsLayer {
  forward(input: Tensor, weights: readonly Tensor[]): Tensor;
  backward(pass: LayerPass): LayerGradients;
}

/** @throws FleetError ENGINE_UNAVAILABLE for a kind of layer that this engine does not have */
export function tfjsLayer(spec: LayerSpec): TfjsLayer {
  switch (spec.kind) {
    case 'dense':
      return denseLayer(spec);
    default:
      throw new FleetError('ENGINE_UNAVAILABLE', `tfjs has no ${spec.kind} layers; onnx has`);
  }
}
