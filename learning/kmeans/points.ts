import { type Samples, sampleSize } from '../datasets/samples.js';

/** Weighted points of a space, row after row. */
export interface Points {
  readonly count: number;
  readonly size: number;
  readonly values: Float32Array;
  /** How many samples each stands for; 1 where left out. */
  readonly weights?: Float32Array;
}

/** The samples as points, scaled. */
export function pointsOf({ features, scale, inputShape, count }: Samples): Points {
  const values =
    features instanceof Float32Array && scale === 1
      ? features
      : Float32Array.from(features, (value) => value * scale);
  return { count, size: sampleSize(inputShape), values };
}

/** Squared Euclidean distance of row `i` of `a` from row `j` of `b`. */
export function squaredDistance(
  a: Float32Array,
  i: number,
  b: Float32Array,
  j: number,
  size: number,
): number {
  const from = i * size;
  const to = j * size;
  let sum = 0;
  for (let k = 0; k < size; k++) {
    const difference = (a[from + k] ?? 0) - (b[to + k] ?? 0);
    sum += difference * difference;
  }
  return sum;
}
