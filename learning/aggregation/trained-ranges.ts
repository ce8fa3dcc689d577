import type { WeightLayout } from '../models/weight-layout.js';

/** Neighbouring weights in a model's flat array, from one index to before another. */
export interface WeightRange {
  readonly begin: number;
  readonly end: number;
}

/** The weights that gradients move: all but what training only keeps track of, such as moving averages. */
export function trainedRanges({ tensors }: WeightLayout): WeightRange[] {
  return tensors
    .filter(({ trainable }) => trainable !== false)
    .map(({ offset, size }) => ({ begin: offset, end: offset + size }));
}
