import { type AggregationStrategy, assertUpdates, type ClientUpdate } from './strategy.js';

/**
 * The coordinate-wise trimmed mean (Yin et al. 2018, Definition 2): of each parameter, the f largest and
 * the f smallest of the K values are left out and the rest averaged, unweighted. Where K is too small for
 * that, the middle one or two values are left: the median.
 */
export class TrimmedMean implements AggregationStrategy {
  readonly name = 'trimmedmean';
  readonly leastUpdates: number;
  readonly #byzantine: number;

  /** @param byzantine f, the updates that may be arbitrary: of those that come in, however many do not */
  constructor(byzantine: number) {
    if (!(byzantine >= 0)) throw new RangeError(`trimmed mean with f = ${byzantine}`);
    this.leastUpdates = 2 * byzantine + 1;
    this.#byzantine = byzantine;
  }

  aggregate(global: Float32Array, updates: readonly ClientUpdate[]): Float32Array {
    assertUpdates(global, updates);
    const trimmed = Math.min(this.#byzantine, Math.floor((updates.length - 1) / 2));
    return sortedColumns(updates, (column) => {
      let sum = 0;
      for (let k = trimmed; k < column.length - trimmed; k++) sum += column[k] ?? 0;
      return sum / (column.length - 2 * trimmed);
    });
  }
}

/** The coordinate-wise median (Yin et al. 2018, Definition 1), unweighted. */
export class CoordinateMedian implements AggregationStrategy {
  readonly name = 'median';

  aggregate(global: Float32Array, updates: readonly ClientUpdate[]): Float32Array {
    assertUpdates(global, updates);
    const middle = Math.floor(updates.length / 2);
    const isOdd = updates.length % 2 === 1;
    return sortedColumns(updates, (column) => {
      const upper = column[middle] ?? 0;
      return isOdd ? upper : ((column[middle - 1] ?? 0) + upper) / 2;
    });
  }
}

/** Calls `reduce` for each parameter with its sorted values of all updates. The column is reused. */
function sortedColumns(
  updates: readonly ClientUpdate[],
  reduce: (sorted: Float32Array) => number,
): Float32Array {
  const result = new Float32Array(updates[0]?.weights.length ?? 0);
  const column = new Float32Array(updates.length);
  for (let i = 0; i < result.length; i++) {
    for (const [k, { weights }] of updates.entries()) column[k] = weights[i] ?? 0;
    result[i] = reduce(column.sort());
  }
  return result;
}
