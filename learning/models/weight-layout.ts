import { layerWeights } from './layer-weights.js';
import type { ModelSpec } from './model-spec.js';

/** How a tensor's values start. */
export type Initializer =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'ones' }
  /** Zeros, with ones from one index to before another. */
  | { readonly kind: 'ones-between'; readonly from: number; readonly to: number }
  /** A matrix whose rows are orthonormal. */
  | { readonly kind: 'orthogonal' }
  | { readonly kind: 'glorot-uniform'; readonly fanIn: number; readonly fanOut: number };

/** One tensor of a layer, before it has its place in the flat array. */
export interface WeightTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** False for what training only keeps track of, such as moving averages. */
  readonly trainable?: false;
}

/** What a kind of layer brings: its tensors, and the shape of one sample behind it. */
export interface LayerWeights {
  readonly tensors: readonly WeightTensor[];
  readonly outputShape: readonly number[];
}

/** One tensor's place in the flat array of all weights. */
export interface PlacedTensor extends WeightTensor {
  /** Index of the layer it belongs to. */
  readonly layer: number;
  readonly offset: number;
  readonly size: number;
}

/** The order of all weights in one flat Float32Array: layer after layer, row-major. */
export interface WeightLayout {
  readonly tensors: readonly PlacedTensor[];
  readonly parameterCount: number;
  /** Values that the model gives for one sample. */
  readonly outputs: number;
}

/** Lays the weights of a model out. Names are `<layer index>/<tensor>`, such as `0/kernel`. */
export function weightLayout(spec: ModelSpec): WeightLayout {
  const tensors: PlacedTensor[] = [];
  let offset = 0;
  let shape = spec.inputShape;
  for (const [layer, layerSpec] of spec.layers.entries()) {
    const { tensors: own, outputShape } = layerWeights(layerSpec, shape);
    for (const tensor of own) {
      const size = tensor.shape.reduce((product, side) => product * side, 1);
      tensors.push({ ...tensor, name: `${layer}/${tensor.name}`, layer, offset, size });
      offset += size;
    }
    shape = outputShape;
  }
  const outputs = shape.reduce((product, side) => product * side, 1);
  return { tensors, parameterCount: offset, outputs };
}
