import { layerWeights } from './layer-weights.js';
import type { ResidualLayer } from './model-spec.js';
import type { LayerWeights, WeightTensor } from './weight-layout.js';

/** The tensors of its layers, named `<index within>/<tensor>`. */
export function residualWeights({ layers }: ResidualLayer, inputShape: readonly number[]): LayerWeights {
  const tensors: WeightTensor[] = [];
  let shape = inputShape;
  for (const [i, layer] of layers.entries()) {
    const { tensors: own, outputShape } = layerWeights(layer, shape);
    tensors.push(...own.map((tensor) => ({ ...tensor, name: `${i}/${tensor.name}` })));
    shape = outputShape;
  }
  if (shape.join() !== inputShape.join()) {
    throw new RangeError(
      `a residual's layers make [${shape}] of [${inputShape}]: the sum needs equal shapes`,
    );
  }
  return { tensors, outputShape: shape };
}
