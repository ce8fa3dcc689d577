import { joinTrees, treesOf } from '../forest/tree-code.js';
import { type AggregationStrategy, assertContributions, type ClientUpdate } from './strategy.js';

/**
 * The union of the clients' trees: bagging over clients (Hauschild et al. 2022, "Federated Random Forests
 * can improve local performance of predictive models"). Each round adds a fixed number of trees to the
 * global forest, the first ones of each client. Clients contribute in proportion to their samples: each is
 * owed its exact part of every round that it takes part in, and every tree is taken from whom most is owed.
 */
export class ForestUnion implements AggregationStrategy {
  readonly name = 'forestunion';
  readonly #treesPerRound: number;
  /** Trees owed to each client beyond those that were taken from it; below 0 where it was taken more. */
  #owed = new Float64Array(0);

  constructor(treesPerRound: number) {
    this.#treesPerRound = treesPerRound;
  }

  get memory(): readonly Float64Array[] {
    return [this.#owed];
  }

  set memory([owed = new Float64Array(0)]: readonly Float64Array[]) {
    this.#owed = owed.slice();
  }

  aggregate(global: Float32Array, updates: readonly ClientUpdate[]): Float32Array {
    assertContributions(updates);
    const offers = updates.map(({ weights }) => trees(weights));
    const quotas = this.#quotas(updates, offers);
    return joinTrees([...trees(global), ...offers.flatMap((offer, i) => offer.slice(0, quotas[i]))]);
  }

  /** How many trees to take of each offer: the round's all together, or all that there are. */
  #quotas(updates: readonly ClientUpdate[], offers: readonly (readonly Float32Array[])[]): number[] {
    const total = updates.reduce((sum, { samples }) => sum + samples, 0);
    const owing = updates.map(
      ({ client, samples }) => (this.#owed[client] ?? 0) + (this.#treesPerRound * samples) / total,
    );
    const quotas = fairQuotas(
      owing,
      offers.map(({ length }) => length),
      this.#treesPerRound,
    );
    const clients = updates.reduce((most, { client }) => Math.max(most, client + 1), this.#owed.length);
    const owed = new Float64Array(clients);
    owed.set(this.#owed);
    for (const [i, { client }] of updates.entries()) owed[client] = (owing[i] ?? 0) - (quotas[i] ?? 0);
    this.#owed = owed;
    return quotas;
  }
}

const trees = (forest: Float32Array): Float32Array[] =>
  treesOf(forest).map(({ begin, end }) => forest.subarray(begin, end));

/** `total` things, each from whom most is still owed and has one left; from the first of equals. */
function fairQuotas(owing: readonly number[], offered: readonly number[], total: number): number[] {
  const quotas = owing.map(() => 0);
  const owedStill = (i: number): number =>
    (quotas[i] ?? 0) < (offered[i] ?? 0) ? (owing[i] ?? 0) - (quotas[i] ?? 0) : Number.NEGATIVE_INFINITY;
  for (let taken = 0; taken < total; taken++) {
    const next = quotas.reduce((best, _, i) => (owedStill(i) > owedStill(best) ? i : best), 0);
    if (owedStill(next) === Number.NEGATIVE_INFINITY) break;
    quotas[next] = (quotas[next] ?? 0) + 1;
  }
  return quotas;
}
