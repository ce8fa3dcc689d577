import * as tf from '@tensorflow/tfjs-core';
import type { Samples } from '../datasets/samples.js';
import { fillDropoutMask } from '../dropout-mask.js';
import type { ModelSpec } from '../models/model-spec.js';
import type { WeightLayout } from '../models/weight-layout.js';
import type { TrainOptions } from '../trainer.js';
import { featuresOf, targetsOf } from './batch.js';
import { floats } from './floats.js';
import { applyLayers, type LayerContext } from './layers/layer.js';
import { meanLoss } from './loss.js';
import { ModelVariables } from './model-variables.js';
import { decay, objectiveGradients } from './objective.js';
import { createOptimizer } from './optimizer.js';

/** One training: its weights, its optimiser's state, and what its steps do to them. */
export class Training {
  readonly #spec: ModelSpec;
  readonly #layout: WeightLayout;
  readonly #options: TrainOptions;
  readonly #variables: ModelVariables;
  /** The weights at the start, where the objective wants them. */
  readonly #start: ModelVariables | undefined;
  readonly #optimizer: tf.Optimizer;

  constructor(spec: ModelSpec, layout: WeightLayout, start: Float32Array, options: TrainOptions) {
    this.#spec = spec;
    this.#layout = layout;
    this.#options = options;
    this.#variables = new ModelVariables(layout, start);
    this.#start = options.proximalMu ? new ModelVariables(layout, start) : undefined;
    this.#optimizer = createOptimizer(options.optimizer, options.learningRate);
  }

  /** Moves the weights by one batch. @returns the mean of its losses, before the step */
  step(samples: Samples, indices: Uint32Array): number {
    return tf.tidy(() => {
      const trained = this.#variables.trained;
      const features = featuresOf(samples, indices);
      const targets = targetsOf(samples, indices, this.#layout.outputs);
      const { value, grads } = tf.variableGrads(
        () => meanLoss(this.#spec.loss, targets, this.#forward(features)),
        trained.map(({ variable }) => variable),
      );
      const gradients = objectiveGradients(
        trained.map(({ tensor, variable }) => ({
          tensor,
          variable,
          gradient: gradientOf(grads, variable),
          start: this.#start?.get(tensor.name),
        })),
        this.#options,
      );
      if (this.#options.optimizer.kind === 'adamw') decay(trained, this.#options);
      this.#optimizer.applyGradients(
        Object.fromEntries(trained.map(({ variable }, i) => [variable.name, gradients[i] ?? variable])),
      );
      return floats(value)[0] ?? Number.NaN;
    });
  }

  #forward(features: tf.Tensor): tf.Tensor {
    const context: LayerContext = {
      training: true,
      weight: (name) => this.#variables.get(name),
      renew: (name, value) => this.#variables.get(name).assign(value),
      mask: (shape, rate) => this.#mask(shape, rate),
    };
    return applyLayers(context, this.#spec.layers, features);
  }

  #mask(shape: readonly number[], rate: number): tf.Tensor {
    const mask = new Float32Array(tf.util.sizeFromShape([...shape]));
    fillDropoutMask(mask, rate, this.#options.dropout);
    return tf.tensor(mask, [...shape]);
  }

  /** The weights as they are now. */
  weights(): Float32Array {
    return this.#variables.flatten();
  }

  dispose(): void {
    this.#optimizer.dispose();
    this.#variables.dispose();
    this.#start?.dispose();
  }
}

function gradientOf(grads: tf.NamedTensorMap, { name }: tf.Variable): tf.Tensor {
  const gradient = grads[name];
  if (gradient === undefined) throw new RangeError(`no gradient of ${name}`);
  return gradient;
}
