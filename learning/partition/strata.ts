import type { Dataset } from '../datasets/dataset.js';
import type { Labelled } from './partition.js';

/**
 * The training samples as strategies see them. A regression's targets are put into bins of equal
 * count, which stand for labels. Equal targets are always in the same bin, so that many of them make a
 * large one and leave fewer bins; none is empty.
 *
 * @param bins bins of a regression's targets at most, 2 to 256
 */
export function strata(
  dataset: Pick<Dataset, 'info' | 'trainLabels' | 'trainTargets'>,
  bins: number,
): Labelled {
  const { info, trainLabels, trainTargets } = dataset;
  if (trainTargets === undefined) return { ...info, labels: trainLabels };
  const edges = quantiles(trainTargets, bins);
  const labels = Uint8Array.from(trainTargets, (target) => binOf(target, edges));
  return { ...info, labels, classes: edges.length + 1, classNames: [] };
}

/** How many of the ascending edges a target reaches. */
function binOf(target: number, edges: readonly number[]): number {
  const first = edges.findIndex((edge) => target < edge);
  return first < 0 ? edges.length : first;
}

/** The different ones of the quantiles 1/B, 2/B, …, but for the least value, below which there is nothing. */
function quantiles(values: Float32Array, bins: number): readonly number[] {
  const sorted = values.slice().sort();
  const [least = 0] = sorted;
  const all = Array.from(
    { length: bins - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / bins)] ?? least,
  );
  return [...new Set(all)].filter((quantile) => quantile > least);
}
