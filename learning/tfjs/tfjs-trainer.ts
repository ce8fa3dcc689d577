import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { RandomStream } from '#protocol';
import type { Samples } from '../datasets/samples.js';
import { allFinite, diverged } from '../divergence.js';
import { evaluateOutputs } from '../metrics/evaluate-outputs.js';
import { initWeights } from '../models/init-weights.js';
import type { ModelSpec } from '../models/model-spec.js';
import { type WeightLayout, weightLayout } from '../models/weight-layout.js';
import type { Evaluation, ModelService, Trainer, TrainOptions, TrainOutcome } from '../trainer.js';
import { assertFit } from '../trainer-arguments.js';
import { type ActiveBackend, activateBackend } from './backend.js';
import { featuresOf } from './batch.js';
import { floats } from './floats.js';
import { applyLayers } from './layers/layer.js';
import { ModelVariables } from './model-variables.js';
import { Training } from './training.js';

const evaluationBatch = 256;
const turnMs = 20;

/**
 * A trainer on the fastest TensorFlow.js backend that works here.
 * @throws FleetError ENGINE_UNAVAILABLE
 */
export async function createTfjsTrainer(spec: ModelSpec): Promise<Trainer> {
  const layout = weightLayout(spec);
  return new TfjsTrainer(spec, layout, await activateBackend());
}

class TfjsTrainer implements Trainer {
  readonly engine: ActiveBackend;
  readonly layout: WeightLayout;
  readonly #spec: ModelSpec;
  #disposed = false;

  constructor(spec: ModelSpec, layout: WeightLayout, engine: ActiveBackend) {
    this.engine = engine;
    this.layout = layout;
    this.#spec = spec;
  }

  init(stream: RandomStream): Float32Array {
    return initWeights(this.#spec, stream);
  }

  async train(start: Float32Array, samples: Samples, options: TrainOptions): Promise<TrainOutcome> {
    this.#check(start, samples);
    const { epochs, batchSize, shuffle, signal, onStep, onEpoch } = options;
    const { count } = samples;
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    const steps = epochs * Math.ceil(count / batchSize);
    const turn = new Turn();
    const training = new Training(this.#spec, this.layout, start, options);
    try {
      let step = 0;
      let lossSum = 0;
      let epoch = 0;
      let goesOn = true;
      while (goesOn && epoch < epochs) {
        shuffle.shuffle(order);
        for (let at = 0; at < count; at += batchSize) {
          signal?.throwIfAborted();
          const indices = order.subarray(at, at + batchSize);
          const loss = training.step(samples, indices);
          step++;
          if (!Number.isFinite(loss)) throw diverged(`the loss is ${loss}`, step, steps);
          lossSum += loss * indices.length;
          onStep?.({ step, steps, loss });
          if (turn.isOver()) await turn.next();
        }
        epoch++;
        goesOn = (await onEpoch?.(training.weights())) ?? true;
      }
      signal?.throwIfAborted();
      const weights = training.weights();
      if (!allFinite(weights)) throw diverged('a weight is not finite', step, steps);
      return { weights, loss: lossSum / (epoch * count), steps: step, epochs: epoch, samples: count };
    } finally {
      training.dispose();
    }
  }

  async evaluate(weights: Float32Array, samples: Samples): Promise<Evaluation> {
    this.#check(weights, samples);
    return evaluateOutputs(this.#spec.loss, samples, this.#forward(weights, samples));
  }

  async predict(weights: Float32Array, samples: Samples): Promise<Float32Array> {
    this.#check(weights, samples);
    const all = new Float32Array(samples.count * this.layout.outputs);
    for await (const { begin, outputs } of this.#forward(weights, samples)) {
      all.set(outputs, begin * this.layout.outputs);
    }
    return all;
  }

  async serve(weights: Float32Array, samples: Samples): Promise<ModelService> {
    this.#check(weights, samples);
    const variables = new ModelVariables(this.layout, weights);
    return {
      predict: async (index) => this.#outputs(variables, samples, Uint32Array.of(index)),
      close: () => variables.dispose(),
    };
  }

  async *#forward(weights: Float32Array, samples: Samples) {
    const variables = new ModelVariables(this.layout, weights);
    const turn = new Turn();
    try {
      for (let begin = 0; begin < samples.count; begin += evaluationBatch) {
        const end = Math.min(begin + evaluationBatch, samples.count);
        const indices = Uint32Array.from({ length: end - begin }, (_, i) => begin + i);
        const outputs = this.#outputs(variables, samples, indices);
        yield { begin, end, outputs };
        if (turn.isOver()) await turn.next();
      }
    } finally {
      variables.dispose();
    }
  }

  dispose(): void {
    this.#disposed = true;
  }

  #outputs(variables: ModelVariables, samples: Samples, indices: Uint32Array): Float32Array {
    const context = {
      training: false,
      weight: (name: string) => variables.get(name),
      renew: onlyTraining,
      mask: onlyTraining,
    };
    return tf.tidy(() => floats(applyLayers(context, this.#spec.layers, featuresOf(samples, indices))));
  }

  #check(weights: Float32Array, samples: Samples): void {
    if (this.#disposed) throw new Error('the trainer was disposed of');
    assertFit(this.#spec, this.layout, weights, samples);
  }
}

function onlyTraining(): never {
  throw new RangeError('only training drops values out and moves averages');
}

/** A stretch of work between two turns of the event loop. */
class Turn {
  #began = performance.now();

  isOver(): boolean {
    return performance.now() - this.#began > turnMs;
  }

  async next(): Promise<void> {
    await setImmediate();
    this.#began = performance.now();
  }
}
