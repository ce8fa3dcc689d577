/**
 * Samples as they are stored: `features` holds `count` rows, row after row in the order of
 * `inputShape`. Images hold one byte a value, which enters a model as `byte * scale`; tables hold
 * numbers that their scaler has been at, with a scale of 1.
 */
export interface Samples {
  readonly count: number;
  /** Shape of one sample, such as [28, 28, 1] or [13]. */
  readonly inputShape: readonly number[];
  readonly features: Uint8Array | Float32Array;
  readonly scale: number;
  /** `count` class indices; for regression anything. */
  readonly labels: Uint8Array;
  /** For regression: `count` rows of what the model's outputs should be. */
  readonly targets?: Float32Array;
}

/** Values in one sample: the product of its shape. */
export function sampleSize(inputShape: readonly number[]): number {
  return inputShape.reduce((product, side) => product * side, 1);
}

/** Some of the samples, in the order of `indices`. */
export function selectSamples(samples: Samples, indices: Uint32Array): Samples {
  const { targets, labels, inputShape } = samples;
  return {
    ...samples,
    count: indices.length,
    features: selectRows(samples.features, indices, sampleSize(inputShape)),
    labels: Uint8Array.from(indices, (index) => labels[index] ?? 0),
    ...(targets === undefined
      ? {}
      : { targets: selectRows(targets, indices, targets.length / samples.count) }),
  };
}

function selectRows<T extends Uint8Array | Float32Array>(rows: T, indices: Uint32Array, size: number): T;
function selectRows(rows: Uint8Array | Float32Array, indices: Uint32Array, size: number) {
  const length = indices.length * size;
  const selected = rows instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  for (const [to, index] of indices.entries()) {
    selected.set(rows.subarray(index * size, (index + 1) * size), to * size);
  }
  return selected;
}
