import type { OptimizerStep } from './optimizer.js';

/** Stochastic gradient descent: w -= learningRate * g. */
export function sgd(learningRate: number): OptimizerStep {
  return (weights, gradient) => {
    for (let i = 0; i < weights.length; i++) {
      weights[i] = (weights[i] ?? 0) - learningRate * (gradient[i] ?? 0);
    }
  };
}
