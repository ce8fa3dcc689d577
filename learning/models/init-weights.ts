import type { RandomStream } from '#protocol';
import type { ModelSpec } from './model-spec.js';
import { weightLayout } from './weight-layout.js';

/**
 * Fresh weights: kernels from the Glorot uniform distribution U(-a, a), a = sqrt(6 / (fanIn + fanOut))
 * (Glorot & Bengio 2010, equation 16), biases zero. Drawn here and not by an engine, so that every
 * engine starts from the same bits.
 *
 * @example initWeights(mlpSpec(info, [128, 64]), randomStream(seed, 'init'))
 */
export function initWeights(spec: ModelSpec, stream: RandomStream): Float32Array {
  const { tensors, parameterCount } = weightLayout(spec);
  const weights = new Float32Array(parameterCount);
  for (const { initializer, offset, size } of tensors) {
    if (initializer.kind === 'zeros') continue;
    const limit = Math.sqrt(6 / (initializer.fanIn + initializer.fanOut));
    for (let i = offset; i < offset + size; i++) weights[i] = stream.between(-limit, limit);
  }
  return weights;
}
