/** One client's contribution to a round. */
export interface ClientUpdate {
  /** The client's weights after local training, in the model's layout. */
  readonly weights: Float32Array;
  /** Samples it trained on: its weight in the mean. */
  readonly samples: number;
}

/**
 * Federated averaging (McMahan et al. 2017, Algorithm 1): the mean of the clients' weights,
 * weighted by their samples, w = sum_k (n_k / n) w_k. Sums are float64, the result is float32.
 *
 * The result depends on the order of the updates in the last bits, so callers give them in client
 * order, never in order of arrival.
 *
 * @throws RangeError for no updates, updates of different length, or a count below 1
 * @example fedAvg([{ weights: Float32Array.of(0), samples: 1 }, { weights: Float32Array.of(4), samples: 3 }]) // [3]
 */
export function fedAvg(updates: readonly ClientUpdate[]): Float32Array {
  const length = updates[0]?.weights.length;
  if (length === undefined) throw new RangeError('no updates to average');
  for (const { weights, samples } of updates) {
    if (weights.length !== length) throw new RangeError(`updates of ${length} and ${weights.length} weights`);
    if (!(samples >= 1)) throw new RangeError(`an update of ${samples} samples`);
  }
  const total = updates.reduce((sum, { samples }) => sum + samples, 0);
  const sums = new Float64Array(length);
  for (const { weights, samples } of updates) {
    for (let i = 0; i < length; i++) sums[i] = (sums[i] ?? 0) + samples * (weights[i] ?? 0);
  }
  return Float32Array.from(sums, (sum) => sum / total);
}
