/** One client's contribution to a round. */
export interface ClientUpdate {
  /** Whose it is. */
  readonly client: number;
  /** The client's weights after local training, in the model's layout. */
  readonly weights: Float32Array;
  /** Samples it trained on: its weight in the mean. */
  readonly samples: number;
}

/**
 * Makes the next global model of a round's updates. Some strategies keep state from round to round
 * (momentum), so a run uses one instance. Sums are float64 and go in the order of the updates, so
 * callers give them in client order, never in order of arrival.
 */
export interface AggregationStrategy {
  /** As given by `--aggregation`. */
  readonly name: string;
  /** Updates that it needs for what it promises against arbitrary ones; left out where it promises nothing. */
  readonly leastUpdates?: number;
  /**
   * What is carried from one round to the next, such as momentum: saved with the global model and given
   * back when a run is resumed. Left out where a round does not depend on the one before.
   */
  memory?: readonly Float64Array[];
  /**
   * @param global the weights that the clients started from; not changed
   * @param updates at least one, all of the global model's length; not changed
   * @param round counted from 1
   * @returns new weights, float32
   * @throws RangeError for no updates, lengths that differ, or sample counts below 1
   */
  aggregate(global: Float32Array, updates: readonly ClientUpdate[], round: number): Float32Array;
}

/** The checks that every strategy makes. */
export function assertContributions(updates: readonly ClientUpdate[]): void {
  if (updates.length === 0) throw new RangeError('no updates to aggregate');
  for (const { samples } of updates) {
    if (!(samples >= 1)) throw new RangeError(`an update of ${samples} samples`);
  }
}

/** The checks of strategies for models that keep their size. */
export function assertUpdates(global: Float32Array, updates: readonly ClientUpdate[]): void {
  assertContributions(updates);
  for (const { weights } of updates) {
    if (weights.length !== global.length) {
      throw new RangeError(`an update of ${weights.length} weights for a model of ${global.length}`);
    }
  }
}
