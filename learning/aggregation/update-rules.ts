import { isForest } from '../forest/tree-code.js';
import { areCentroids } from '../kmeans/kmeans-spec.js';
import { isNetwork, type Model } from '../models/model.js';

/** What an update has to be, beyond finite numbers, to be aggregated. */
export interface UpdateRules {
  /** Whether updates have any length; else they have that of the global model. */
  readonly anyLength: boolean;
  /** Whether finite numbers of that length can be a model of the family. */
  readonly isSound: (update: Float32Array) => boolean;
}

/** The rules for updates of a model. @example updateRules(createModel(datasetInfo('mnist'), config)) */
export function updateRules(model: Model): UpdateRules {
  if (isNetwork(model)) return { anyLength: false, isSound: () => true };
  return model.kind === 'k-means'
    ? { anyLength: false, isSound: (update) => areCentroids(update, model) }
    : { anyLength: true, isSound: isForest };
}
