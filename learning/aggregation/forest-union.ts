import { type ForestSpec, treesAfter } from '../forest/forest-spec.js';
import { joinTrees, treesOf } from '../forest/tree-code.js';
import { type AggregationStrategy, assertContributions, type ClientUpdate } from './strategy.js';

/**
 * The union of the clients' trees: bagging over clients (Hauschild et al. 2022, "Federated Random Forests
 * can improve local performance of predictive models"). Each round adds what the global forest then lacks,
 * also of rounds without updates: the first trees of each client. Clients contribute in proportion to their
 * samples: each is owed its exact part of every round that it takes part in, and every tree is taken from
 * whom most is owed.
 */
export class ForestUnion implements AggregationStrategy {
  readonly name = 'forestunion';
  readonly #spec: ForestSpec;
  /** Trees owed to each client beyond those that were taken from it; below 0 where it was taken more. */
  #owed = new Float64Array(0);

  constructor(spec: ForestSpec) {
    this.#spec = spec;
  }

  get memory(): readonly Float64Array[] {
    return [this.#owed];
  }

  set memory([owed = new Float64Array(0)]: readonly Float64Array[]) {
    this.#owed = owed.slice();
  }

  aggregate(global: Float32Array, updates: readonly ClientUpdate[], round: number): Float32Array {
    assertContributions(updates);
    const offers = updates.map(({ weights }) => trees(weights));
    const before = trees(global);
    const lacking = Math.max(0, treesAfter(this.#spec, round) - before.length);
    const quotas = this.#quotas(
      updates,
      offers.map(({ length }) => length),
      lacking,
    );
    return joinTrees([...before, ...offers.flatMap((offer, i) => offer.slice(0, quotas[i]))]);
  }

  /** How many trees to take of each update, of so many offered: what lacks all together, or all of them. */
  #quotas(updates: readonly ClientUpdate[], offered: readonly number[], lacking: number): number[] {
    const added = Math.min(
      lacking,
      offered.reduce((sum, count) => sum + count, 0),
    );
    const total = updates.reduce((sum, { samples }) => sum + samples, 0);
    const owing = updates.map(({ client, samples }) => (this.#owed[client] ?? 0) + (added * samples) / total);
    const quotas = fairQuotas(owing, offered, added);
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

/** Of all that is offered `total`, each from whom most is still owed and has one left; from the first of equals. */
function fairQuotas(owing: readonly number[], offered: readonly number[], total: number): number[] {
  const quotas = owing.map(() => 0);
  const owedStill = (i: number): number =>
    (quotas[i] ?? 0) < (offered[i] ?? 0) ? (owing[i] ?? 0) - (quotas[i] ?? 0) : Number.NEGATIVE_INFINITY;
  for (let taken = 0; taken < total; taken++) {
    const next = quotas.reduce((best, _, i) => (owedStill(i) > owedStill(best) ? i : best), 0);
    quotas[next] = (quotas[next] ?? 0) + 1;
  }
  return quotas;
}
