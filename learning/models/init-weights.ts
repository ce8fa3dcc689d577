import type { RandomStream } from '#protocol';
import type { ModelSpec } from './model-spec.js';
import { orthogonalRows } from './orthogonal.js';
import { type PlacedTensor, weightLayout } from './weight-layout.js';

/**
 * Fresh weights: kernels from the Glorot uniform distribution U(-a, a), a = sqrt(6 / (fanIn + fanOut))
 * (Glorot & Bengio 2010, equation 16), recurrent kernels orthogonal, biases zero but for forget gates.
 * Drawn here and not by an engine, so that every engine starts from the same bits.
 *
 * @example initWeights(mlpSpec(info, [128, 64]), randomStream(seed, 'init'))
 */
export function initWeights(spec: ModelSpec, stream: RandomStream): Float32Array {
  const { tensors, parameterCount } = weightLayout(spec);
  const weights = new Float32Array(parameterCount);
  for (const tensor of tensors) {
    initTensor(weights.subarray(tensor.offset, tensor.offset + tensor.size), tensor, stream);
  }
  return weights;
}

function initTensor(values: Float32Array, { initializer, shape }: PlacedTensor, stream: RandomStream): void {
  switch (initializer.kind) {
    case 'zeros':
      break;
    case 'ones':
      values.fill(1);
      break;
    case 'ones-between':
      values.fill(1, initializer.from, initializer.to);
      break;
    case 'orthogonal':
      values.set(orthogonalRows(shape[0] ?? 0, shape[1] ?? 0, stream));
      break;
    case 'glorot-uniform': {
      const limit = Math.sqrt(6 / (initializer.fanIn + initializer.fanOut));
      for (let i = 0; i < values.length; i++) values[i] = stream.between(-limit, limit);
    }
  }
}
