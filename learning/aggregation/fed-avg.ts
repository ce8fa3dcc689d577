import { type AggregationStrategy, assertUpdates, type ClientUpdate } from './strategy.js';
import { weightedMean } from './weighted-mean.js';

/**
 * Federated averaging (McMahan et al. 2017, Algorithm 1): the mean weighted by samples.
 *
 * @example new FedAvg().aggregate(Float32Array.of(0), [
 *   { client: 0, weights: Float32Array.of(0), samples: 1 },
 *   { client: 1, weights: Float32Array.of(4), samples: 3 },
 * ]) // [3]
 */
export class FedAvg implements AggregationStrategy {
  readonly name = 'fedavg';

  aggregate(global: Float32Array, updates: readonly ClientUpdate[]): Float32Array {
    assertUpdates(global, updates);
    return weightedMean(updates);
  }
}
