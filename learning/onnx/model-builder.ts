import type { ModelSpec } from '../models/model-spec.js';
import { type PlacedTensor, weightLayout } from '../models/weight-layout.js';
import type { Graph, Value } from './graph.js';
import { buildLayers, type LayerContext } from './layers/layer.js';
import { type Addend, reshape, sizeOf } from './operators.js';

export type FeatureType = 'uint8' | 'float32';

/** Numbers that a graph is built for; other numbers need another graph. */
export interface BatchFormat {
  /** Samples in a batch. */
  readonly batch: number;
  /** What the features are stored as: bytes of images, numbers of tables. */
  readonly featureType: FeatureType;
  /** A feature times this enters the model. */
  readonly scale: number;
}

/** A tensor of the weight layout as a value in a graph: of its size, not always of its shape. */
export interface TensorValue {
  readonly tensor: PlacedTensor;
  readonly value: Value;
  /** Whether the value is the tensor's transpose. */
  readonly turned: boolean;
}

/** A model's forward pass in a graph. */
export interface ModelPass {
  readonly output: Value;
  readonly weights: readonly TensorValue[];
  /**
   * Appends the backward pass, given the gradient by the outputs. Returns a value for every tensor:
   * its gradient or, where it is not trained, what it is after the step.
   */
  backward(gradient: Value): ReadonlyMap<PlacedTensor, Addend>;
}

export interface ModelBuild extends BatchFormat {
  readonly graph: Graph;
  /** A batch's features, of `featureType`: [batch, values of a sample]. */
  readonly features: Value;
  readonly training: boolean;
  readonly channelBlock?: LayerContext['channelBlock'];
  /** Weights that the graph is built for, as constants of it. */
  readonly fixed?: Float32Array | undefined;
  /** Draws the values of a dropout mask: 0 with probability `rate`, else 1 / (1 - rate). */
  mask(shape: readonly number[], rate: number): Value;
}

/**
 * Appends a model to a graph; its weights, where they are not fixed, become inputs named as in the weight layout.
 * @throws RangeError for layers that do not fit together
 */
export function buildModel(spec: ModelSpec, build: ModelBuild): ModelPass {
  const { graph, batch, features } = build;
  const tensors = new Map(weightLayout(spec).tensors.map((tensor) => [tensor.name, tensor]));
  const weights: TensorValue[] = [];
  const gradients = new Map<PlacedTensor, Addend>();
  const tensorOf = (name: string): PlacedTensor => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new RangeError(`the model has no tensor ${name}`);
    return tensor;
  };
  const contextOf = (layer: number): LayerContext => ({
    ...build,
    weight(name, shape) {
      const tensor = tensorOf(`${layer}/${name}`);
      const { offset, size } = tensor;
      if (sizeOf(shape) !== size) throw new RangeError(`${tensor.name}: ${shape} for ${tensor.shape}`);
      if (build.fixed !== undefined)
        return graph.constant(build.fixed.subarray(offset, offset + size), shape);
      const value = graph.input(tensor.name, shape);
      weights.push({ tensor, value, turned: false });
      return value;
    },
    turnedWeight(name, shape) {
      const tensor = tensorOf(`${layer}/${name}`);
      const value = graph.input(tensor.name, shape);
      weights.push({ tensor, value, turned: true });
      return value;
    },
    gradient(name, gradient) {
      gradients.set(tensorOf(`${layer}/${name}`), gradient);
    },
  });

  const values =
    build.featureType === 'uint8' ? graph.node('Cast', [features], features.shape, { to: 1 }) : features;
  const scaled = build.scale === 1 ? values : { ...values, factor: build.scale };
  const input = reshape(graph, scaled, [batch, ...spec.inputShape]);
  const layers = buildLayers(contextOf, spec.layers, input);
  return {
    output: layers.output,
    weights,
    backward(gradient) {
      layers.backward(gradient);
      return gradients;
    },
  };
}
