import type { RandomStream } from '#protocol';
import type { ForestSpec } from '../forest/forest-spec.js';
import { emptyForest } from '../forest/tree-code.js';
import { centroidSize, type KMeansSpec } from '../kmeans/kmeans-spec.js';
import { initWeights } from './init-weights.js';
import type { ModelSpec } from './model-spec.js';
import { weightLayout } from './weight-layout.js';

/** A model of any family, without its weights: a network, a random forest, or k-means. */
export type Model = ModelSpec | ForestSpec | KMeansSpec;

/** Whether the model is a network, which an engine trains by gradients. */
export function isNetwork(model: Model): model is ModelSpec {
  return 'layers' in model;
}

/** What a run begins with. */
export function initialWeights(model: Model, stream: RandomStream): Float32Array {
  if (isNetwork(model)) return initWeights(model, stream);
  return model.kind === 'random-forest' ? emptyForest() : new Float32Array(parameterCount(model));
}

/** Numbers in the model; 0 for a forest, which grows. */
export function parameterCount(model: Model): number {
  if (isNetwork(model)) return weightLayout(model).parameterCount;
  return model.kind === 'random-forest' ? 0 : model.clusters * (centroidSize(model) + 1);
}
