import type { RunConfig } from '#protocol';
import { adam } from './adam.js';
import { sgd } from './sgd.js';

/** Moves weights by one gradient, in place; may remember gradients of earlier steps. */
export type OptimizerStep = (weights: Float32Array, gradient: Float32Array) => void;

/** A fresh optimiser over a flat array of weights. */
export function createOptimizer(
  name: RunConfig['optimizer'],
  learningRate: number,
  parameterCount: number,
): OptimizerStep {
  switch (name) {
    case 'adam':
      return adam(learningRate, parameterCount);
    case 'sgd':
      return sgd(learningRate);
  }
}
