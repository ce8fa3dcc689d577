import { type ModelSpec, type Samples, weightLayout } from '#learning';
import type { RandomStream } from '#protocol';
import { runInFloat64 } from './float64-model.js';

export interface Float64Step {
  readonly loss: number;
  /** By the index of the weight; for moving averages, what they become. */
  readonly gradient: ReadonlyMap<number, number>;
}

/**
 * What a batch's gradients should be, at about `most` weights, spread over all tensors: central
 * differences of the loss in float64. With h = 1e-6 these are good to about 1e-9: h^2 of the third
 * derivative, and 1e-16 / h of rounding.
 *
 * @param dropout makes the stream of the dropout masks, the same for every pass
 */
export function gradientInFloat64(
  spec: ModelSpec,
  flat: ArrayLike<number>,
  samples: Samples,
  { dropout, most = Number.POSITIVE_INFINITY }: { dropout?: () => RandomStream; most?: number } = {},
): Float64Step {
  const layout = weightLayout(spec);
  const weights = Float64Array.from(flat);
  const tensors = new Map(
    layout.tensors.map(({ name, offset, size }) => [name, weights.subarray(offset, offset + size)]),
  );
  const run = () =>
    runInFloat64(spec, (name) => tensors.get(name)!, samples, dropout ? { dropout: dropout() } : {});
  const lossWith = (i: number, weight: number): number => {
    const before = weights[i]!;
    weights[i] = weight;
    const { loss } = run();
    weights[i] = before;
    return loss;
  };
  const h = 1e-6;
  const mostOfEach = Math.max(2, Math.floor(most / layout.tensors.length));
  const { loss, renewed } = run();
  const gradient = new Map<number, number>();
  for (const { name, offset, size } of layout.tensors) {
    for (let i = offset; i < offset + size; i += Math.ceil(size / mostOfEach) || 1) {
      const slope = () => (lossWith(i, weights[i]! + h) - lossWith(i, weights[i]! - h)) / (2 * h);
      gradient.set(i, renewed.get(name)?.[i - offset] ?? slope());
    }
  }
  return { loss, gradient };
}
