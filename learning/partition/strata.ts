import type { Dataset } from '../datasets/dataset.js';
import type { Labelled } from './partition.js';

/**
 * The training samples as strategies see them. A regression's targets are put into bins of equal
 * count, which stand for labels; equal targets are always in the same bin.
 *
 * @param bins bins of a regression's targets, 2 to 256
 */
export function strata(
  dataset: Pick<Dataset, 'info' | 'trainLabels' | 'trainTargets'>,
  bins: number,
): Labelled {
  const { info, trainLabels, trainTargets } = dataset;
  if (trainTargets === undefined) return { ...info, labels: trainLabels };
  return { ...info, labels: quantileBins(trainTargets, bins), classes: bins, classNames: [] };
}

/** For every value the number of the quantiles 1/B, 2/B, … that it reaches. */
function quantileBins(values: Float32Array, bins: number): Uint8Array {
  const sorted = values.slice().sort();
  const edges = Array.from(
    { length: bins - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / bins)] ?? Number.POSITIVE_INFINITY,
  );
  return Uint8Array.from(values, (value) => {
    const first = edges.findIndex((edge) => value < edge);
    return first < 0 ? edges.length : first;
  });
}
