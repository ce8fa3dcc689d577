import type { ModelSpec, Samples, WeightLayout } from '#learning';
import { initWeights } from '#learning';
import { type RandomStream, randomStream } from '#protocol';

/** The largest difference of two arrays over the largest absolute value of the second. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    largest = Math.max(largest, Math.abs(expected[i]!));
    if (Number.isNaN(actual[i]) || Number.isNaN(expected[i])) return Number.NaN;
  }
  return largest === 0 ? difference : difference / largest;
}

/** The samples as a trainer takes them in its next epoch. */
export function inTrainingOrder(samples: Samples, shuffle: RandomStream): Samples {
  const { count, features, labels, targets } = samples;
  const order = shuffle.shuffle(Uint32Array.from({ length: count }, (_, i) => i));
  const reorder = <A extends Uint8Array | Float32Array>(from: A, to: A): A => {
    const size = from.length / count;
    for (const [row, index] of order.entries())
      to.set(from.subarray(index * size, (index + 1) * size), row * size);
    return to;
  };
  return {
    ...samples,
    features: reorder(features, new Uint8Array(features.length)),
    labels: reorder(labels, new Uint8Array(count)),
    ...(targets && { targets: reorder(targets, new Float32Array(targets.length)) }),
  };
}

/** Some of the samples, from one to before another. */
export function between(samples: Samples, begin: number, end: number): Samples {
  const size = samples.features.length / samples.count;
  return {
    ...samples,
    count: end - begin,
    features: samples.features.slice(begin * size, end * size),
    labels: samples.labels.slice(begin, end),
  };
}

/** Weights that leave no bias at zero and no moving variance below it. */
export function someWeights(spec: ModelSpec, layout: WeightLayout, seed = 3): Float32Array {
  const stream = randomStream(seed, 'init');
  const weights = initWeights(spec, stream);
  for (const { name, offset, size } of layout.tensors) {
    const positive = name.endsWith('moving_variance');
    for (let i = offset; i < offset + size; i++) {
      weights[i]! += positive ? 0.3 * stream.float() : 0.2 * stream.normal();
    }
  }
  return weights;
}

/** Samples of random bytes, many of them equal, and random classes. */
export function someSamples(
  inputShape: readonly number[],
  count: number,
  classes: number,
  seed = 1,
): Samples {
  const stream = randomStream(seed, 'sampling');
  const size = inputShape.reduce((product, side) => product * side, 1);
  return {
    count,
    inputShape,
    features: Uint8Array.from({ length: count * size }, () => stream.integer(0, 8) * 30),
    scale: 1 / 128,
    labels: Uint8Array.from({ length: count }, () => stream.integer(0, classes - 1)),
  };
}
