import { FleetError } from '#protocol';
import { adam } from './adam.js';
import type { OptimizerSpec } from './optimizer-spec.js';
import { sgd } from './sgd.js';

/** Moves weights by one gradient, in place; may remember gradients of earlier steps. */
export type OptimizerStep = (weights: Float32Array, gradient: Float32Array) => void;

/**
 * A fresh optimiser over a flat array of weights, with the default numbers of TensorFlow.js.
 * @throws FleetError ENGINE_UNAVAILABLE for one that only the ONNX engine has
 */
export function createOptimizer(
  spec: OptimizerSpec,
  learningRate: number,
  parameterCount: number,
): OptimizerStep {
  if (spec.kind === 'adam') return adam(learningRate, parameterCount);
  if (spec.kind === 'sgd' && !spec.momentum) return sgd(learningRate);
  throw new FleetError('ENGINE_UNAVAILABLE', `tfjs has no ${spec.kind} with these settings; onnx has`);
}
