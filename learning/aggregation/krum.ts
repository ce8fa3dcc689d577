import { type AggregationStrategy, assertUpdates, type ClientUpdate } from './strategy.js';
import { weightedMean } from './weighted-mean.js';

/**
 * Krum and multi-Krum (Blanchard et al. 2017): of K updates, of which at most f are Byzantine, those are
 * kept whose summed squared distance to their K - f - 2 nearest others is smallest, and averaged by samples:
 * one by Krum, K - f by multi-Krum, as in the paper's experiments. Costs K² / 2 distances. These are over all
 * numbers, also moving averages: who is kept has a say in each of them.
 */
export class Krum implements AggregationStrategy {
  readonly name: 'krum' | 'multikrum';
  readonly leastUpdates: number;
  readonly #byzantine: number;

  /** @param byzantine f, the updates that may be arbitrary: of those that come in, however many do not */
  constructor(name: 'krum' | 'multikrum', byzantine: number) {
    if (!(byzantine >= 0)) throw new RangeError(`Krum with f = ${byzantine}`);
    this.name = name;
    this.leastUpdates = 2 * byzantine + 3;
    this.#byzantine = byzantine;
  }

  aggregate(global: Float32Array, updates: readonly ClientUpdate[]): Float32Array {
    assertUpdates(global, updates);
    const neighbours = Math.max(1, updates.length - this.#byzantine - 2);
    const keep = this.name === 'krum' ? 1 : Math.max(1, updates.length - this.#byzantine);
    const scores = krumScores(updates, neighbours);
    // Equal scores keep client order, so that the choice is the same on every machine.
    const chosen = scores
      .map((score, k) => ({ score: Number.isNaN(score) ? Number.POSITIVE_INFINITY : score, k }))
      .sort((a, b) => (a.score === b.score ? a.k - b.k : a.score - b.score))
      .slice(0, keep)
      .map(({ k }) => k)
      .sort((a, b) => a - b);
    return weightedMean(chosen.flatMap((k) => updates[k] ?? []));
  }
}

function krumScores(updates: readonly ClientUpdate[], neighbours: number): number[] {
  const count = updates.length;
  const distances = updates.map(() => new Float64Array(count));
  for (const [i, a] of updates.entries()) {
    for (let j = i + 1; j < count; j++) {
      const distance = squaredDistance(a.weights, updates[j]?.weights ?? a.weights);
      for (const [from, to] of [
        [i, j],
        [j, i],
      ] as const) {
        const row = distances[from];
        if (row) row[to] = distance;
      }
    }
  }
  return distances.map((row, i) => {
    const others = row.filter((_, j) => j !== i).sort();
    return others.subarray(0, neighbours).reduce((sum, distance) => sum + distance, 0);
  });
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    sum += difference * difference;
  }
  return sum;
}
