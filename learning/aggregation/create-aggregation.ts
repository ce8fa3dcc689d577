import type { AggregationName } from '#protocol';
import { isNetwork, type Model } from '../models/model.js';
import { weightLayout } from '../models/weight-layout.js';
import { ClusterMeans } from './cluster-means.js';
import { FedAvg } from './fed-avg.js';
import { ForestUnion } from './forest-union.js';
import { Krum } from './krum.js';
import { AdaptiveServerOptimizer, FedAvgM } from './server-optimizer.js';
import type { AggregationStrategy } from './strategy.js';
import { trainedRanges, type WeightRange } from './trained-ranges.js';
import { CoordinateMedian, TrimmedMean } from './trimmed-mean.js';

export interface AggregationOptions {
  /** Step size of the server; the published defaults are 1 for FedAvgM and 0.01 for the adaptive ones. */
  readonly serverLearningRate?: number | undefined;
  /** Momentum of the server, 0.9 by default. */
  readonly serverMomentum?: number | undefined;
  /** Share of a round's participants whose updates may be arbitrary. */
  readonly byzantineShare: number;
  /** Participants of a round: with fewer updates as many may be arbitrary, since any may be missing. */
  readonly participants: number;
  /** Weights that gradients move, which alone a server optimiser steps; all by default. */
  readonly trained?: readonly WeightRange[] | undefined;
}

/**
 * A fresh instance of a strategy.
 * @example createAggregation('fedyogi', { byzantineShare: 0, participants: 10 })
 */
export function createAggregation(name: AggregationName, options: AggregationOptions): AggregationStrategy {
  const {
    serverLearningRate,
    serverMomentum: momentum = 0.9,
    byzantineShare,
    participants,
    trained,
  } = options;
  const byzantine = Math.floor(byzantineShare * participants);
  switch (name) {
    case 'fedavg':
      return new FedAvg();
    case 'fedavgm':
      return new FedAvgM({ learningRate: serverLearningRate ?? 1, momentum, trained });
    case 'fedadam':
    case 'fedadagrad':
    case 'fedyogi':
      return new AdaptiveServerOptimizer(name, {
        learningRate: serverLearningRate ?? 0.01,
        momentum: name === 'fedadagrad' ? 0 : momentum,
        secondMomentum: 0.99,
        tau: 1e-3,
        trained,
      });
    case 'median':
      return new CoordinateMedian();
    case 'trimmedmean':
      return new TrimmedMean(byzantine);
    case 'krum':
    case 'multikrum':
      return new Krum(name, byzantine);
  }
}

/** The strategy for a model: the one named, but families that are no networks have their own. */
export function createModelAggregation(
  model: Model,
  name: AggregationName,
  options: AggregationOptions & { readonly seed: number },
): AggregationStrategy {
  if (isNetwork(model))
    return createAggregation(name, { ...options, trained: trainedRanges(weightLayout(model)) });
  return model.kind === 'k-means' ? new ClusterMeans(model, options.seed) : new ForestUnion(model);
}
