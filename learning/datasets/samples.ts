/**
 * Labelled samples, raw: `features` holds `count` rows of one byte a value, row after row in the
 * order of `inputShape`; a value enters a model as `byte * scale`.
 */
export interface Samples {
  readonly count: number;
  /** Shape of one sample, such as [28, 28, 1]. */
  readonly inputShape: readonly number[];
  readonly features: Uint8Array;
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
