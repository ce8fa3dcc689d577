import { joinTrees, treesOf } from '../forest/tree-code.js';
import type { AggregationStrategy, ClientUpdate } from './strategy.js';

/**
 * The union of the clients' trees: bagging over clients (Hauschild et al. 2022, "Federated Random Forests
 * can improve local performance of predictive models"). Each round adds a fixed number of trees to the
 * global forest; clients contribute in proportion to their samples, the first trees of each.
 */
export class ForestUnion implements AggregationStrategy {
  readonly name = 'forestunion';
  memory: readonly Float64Array[] = [];
  readonly #treesPerRound: number;

  constructor(treesPerRound: number) {
    this.#treesPerRound = treesPerRound;
  }

  aggregate(global: Float32Array, updates: readonly ClientUpdate[]): Float32Array {
    if (updates.length === 0) throw new RangeError('no updates to aggregate');
    const quotas = proportionalQuotas(
      updates.map(({ samples }) => samples),
      this.#treesPerRound,
    );
    const added = updates.flatMap(({ weights }, i) => trees(weights).slice(0, quotas[i]));
    return joinTrees([...trees(global), ...added]);
  }
}

const trees = (forest: Float32Array): Float32Array[] =>
  treesOf(forest).map(({ begin, end }) => forest.subarray(begin, end));

/** Whole numbers that sum to `total`, in proportion to the sizes: largest remainders first. */
function proportionalQuotas(sizes: readonly number[], total: number): number[] {
  const sum = sizes.reduce((a, b) => a + b, 0);
  const exact = sizes.map((size) => (total * size) / sum);
  const quotas = exact.map(Math.floor);
  const byRemainder = [...exact.keys()].sort(
    (a, b) => (exact[b] ?? 0) - (quotas[b] ?? 0) - ((exact[a] ?? 0) - (quotas[a] ?? 0)) || a - b,
  );
  const left = total - quotas.reduce((a, b) => a + b, 0);
  for (const i of byRemainder.slice(0, left)) quotas[i] = (quotas[i] ?? 0) + 1;
  return quotas;
}
