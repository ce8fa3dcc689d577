import * as tf from '@tensorflow/tfjs-core';
import type { TrainOptions } from '../trainer.js';
import type { TrainedVariable } from './model-variables.js';

/** A variable with the gradient of the loss by it, and what it was before the training. */
export interface Term extends TrainedVariable {
  readonly gradient: tf.Tensor;
  readonly start: tf.Tensor | undefined;
}

/**
 * Turns gradients of the loss into gradients of the objective: the proximal term, then clipping, then
 * weight decay where it is not decoupled, which clipping leaves alone as in other frameworks.
 */
export function objectiveGradients(
  terms: readonly Term[],
  { proximalMu = 0, clipNorm, weightDecay = 0, optimizer }: TrainOptions,
): tf.Tensor[] {
  const proximal = terms.map(({ variable, gradient, start }) =>
    start === undefined ? gradient : tf.add(gradient, tf.mul(tf.sub(variable, start), proximalMu)),
  );
  const clipped = clipNorm === undefined ? proximal : clip(proximal, clipNorm);
  if (weightDecay === 0 || optimizer.kind === 'adamw') return clipped;
  return clipped.map((gradient, i) => {
    const term = terms[i];
    return term && decays(term) ? tf.add(gradient, tf.mul(term.variable, weightDecay)) : gradient;
  });
}

/** Weight decay that is decoupled from the gradient (Loshchilov & Hutter 2019): w -= rate * decay * w. */
export function decay(trained: readonly TrainedVariable[], { weightDecay = 0, learningRate }: TrainOptions) {
  if (weightDecay === 0) return;
  for (const { variable } of trained.filter(decays)) {
    variable.assign(tf.mul(variable, 1 - learningRate * weightDecay));
  }
}

/** Kernels decay, biases do not. */
function decays({ tensor }: TrainedVariable): boolean {
  return tensor.shape.length > 1;
}

/** g * min(1, limit / |g|), |g| over all tensors together (Pascanu et al. 2013, Algorithm 1). */
function clip(gradients: readonly tf.Tensor[], limit: number): tf.Tensor[] {
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  const shorten = tf.div(limit, tf.maximum(norm, limit));
  return gradients.map((gradient) => tf.mul(gradient, shorten));
}
