import type { DenseLayer } from './model-spec.js';
import type { LayerWeights } from './weight-layout.js';

/** A dense layer has a kernel [inputs, units] and a bias [units]. */
export function denseWeights(layer: DenseLayer, inputShape: readonly number[]): LayerWeights {
  const inputs = inputShape.reduce((product, side) => product * side, 1);
  const { units } = layer;
  return {
    tensors: [
      {
        name: 'kernel',
        shape: [inputs, units],
        initializer: { kind: 'glorot-uniform', fanIn: inputs, fanOut: units },
      },
      { name: 'bias', shape: [units], initializer: { kind: 'zeros' } },
    ],
    outputShape: [units],
  };
}
