import type { BinnedSamples } from './binned-samples.js';

/** What a tree learns: class indices, or values. */
export interface TreeTargets {
  readonly task: 'classification' | 'regression';
  /** Classes; 1 for regression. */
  readonly outputs: number;
  readonly values: ArrayLike<number>;
}

export interface Split {
  readonly feature: number;
  /** Samples of this bin and lower ones go to the left. */
  readonly bin: number;
  readonly gain: number;
}

/**
 * The split of a node by one feature that lowers impurity most: Gini impurity, or variance (Breiman et al.
 * 1984). Both come to the same search: the largest sum over both sides of |sum of targets|^2 / samples,
 * the targets of a class being one-hot.
 *
 * @param rows samples of the node, perhaps several times
 * @returns undefined where the feature is constant in the node
 */
export function bestSplit(
  { bins, count, edges }: BinnedSamples,
  feature: number,
  rows: Uint32Array,
  { task, outputs, values }: TreeTargets,
): Split | undefined {
  const binCount = (edges[feature]?.length ?? 0) + 1;
  if (binCount < 2) return undefined;
  const sums = new Float64Array(binCount * outputs);
  const sizes = new Float64Array(binCount);
  const total = new Float64Array(outputs);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    const bin = bins[feature * count + row] ?? 0;
    const value = values[row] ?? 0;
    const output = task === 'classification' ? value : 0;
    const amount = task === 'classification' ? 1 : value;
    sizes[bin] = (sizes[bin] ?? 0) + 1;
    sums[bin * outputs + output] = (sums[bin * outputs + output] ?? 0) + amount;
    total[output] = (total[output] ?? 0) + amount;
  }
  const left = new Float64Array(outputs);
  let leftSize = 0;
  let best: Split | undefined;
  for (let bin = 0; bin < binCount - 1; bin++) {
    if ((sizes[bin] ?? 0) === 0) continue;
    leftSize += sizes[bin] ?? 0;
    const rightSize = rows.length - leftSize;
    if (rightSize === 0) break;
    let leftSquares = 0;
    let rightSquares = 0;
    for (let k = 0; k < outputs; k++) {
      const sum = (left[k] ?? 0) + (sums[bin * outputs + k] ?? 0);
      left[k] = sum;
      leftSquares += sum * sum;
      rightSquares += ((total[k] ?? 0) - sum) ** 2;
    }
    const gain = leftSquares / leftSize + rightSquares / rightSize;
    if (best === undefined || gain > best.gain) best = { feature, bin, gain };
  }
  return best;
}
