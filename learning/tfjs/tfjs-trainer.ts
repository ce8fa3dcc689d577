import { setImmediate } from 'node:timers/promises';
import * as tf from '@tensorflow/tfjs-core';
import { FleetError, type RandomStream } from '#protocol';
import { type Samples, sampleSize } from '../datasets/samples.js';
import { initWeights } from '../models/init-weights.js';
import type { ModelSpec } from '../models/model-spec.js';
import { softmaxCrossEntropy } from '../models/softmax-cross-entropy.js';
import { type WeightLayout, weightLayout } from '../models/weight-layout.js';
import { createOptimizer } from '../optimizers/optimizer.js';
import type { Evaluation, Trainer, TrainOptions, TrainOutcome } from '../trainer.js';
import { type ActiveBackend, activateBackend } from './backend.js';
import { type TfjsLayer, tfjsLayer } from './layer.js';

const evaluationBatch = 256;
const turnMs = 20;

/**
 * A trainer on the fastest TensorFlow.js backend that works here.
 * @throws FleetError ENGINE_UNAVAILABLE
 */
export async function createTfjsTrainer(spec: ModelSpec): Promise<Trainer> {
  return new TfjsTrainer(spec, await activateBackend());
}

class TfjsTrainer implements Trainer {
  readonly engine: ActiveBackend;
  readonly layout: WeightLayout;
  readonly #spec: ModelSpec;
  readonly #layers: readonly TfjsLayer[];
  #disposed = false;

  constructor(spec: ModelSpec, engine: ActiveBackend) {
    this.engine = engine;
    this.layout = weightLayout(spec);
    this.#spec = spec;
    this.#layers = spec.layers.map(tfjsLayer);
  }

  init(stream: RandomStream): Float32Array {
    return initWeights(this.#spec, stream);
  }

  async train(start: Float32Array, samples: Samples, options: TrainOptions): Promise<TrainOutcome> {
    this.#check(start, samples);
    assertSupported(options);
    const { epochs, batchSize, learningRate, optimizer, shuffle, signal, onStep } = options;
    const weights = start.slice();
    const gradient = new Float32Array(weights.length);
    const update = createOptimizer(optimizer, learningRate, weights.length);
    const order = Uint32Array.from({ length: samples.count }, (_, i) => i);
    const steps = epochs * Math.ceil(samples.count / batchSize);
    const turn = new Turn();
    let step = 0;
    let lossSum = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      shuffle.shuffle(order);
      for (let at = 0; at < order.length; at += batchSize) {
        signal?.throwIfAborted();
        const batch = gather(samples, order.subarray(at, at + batchSize));
        const batchLoss = tf.tidy(() => this.#gradientOf(weights, batch, gradient));
        step++;
        if (!Number.isFinite(batchLoss)) throw diverged(`the loss is ${batchLoss}`, step, steps);
        update(weights, gradient);
        lossSum += batchLoss;
        onStep?.({ step, steps, loss: batchLoss / batch.labels.length });
        if (turn.isOver()) await turn.next();
      }
    }
    signal?.throwIfAborted();
    if (!weights.every(Number.isFinite)) throw diverged('a weight is not finite', step, steps);
    return { weights, loss: lossSum / (epochs * samples.count), steps, samples: samples.count };
  }

  async evaluate(weights: Float32Array, samples: Samples): Promise<Evaluation> {
    this.#check(weights, samples);
    const tensors = this.#tensorsOf(weights);
    const turn = new Turn();
    let lossSum = 0;
    let correct = 0;
    try {
      for (let at = 0; at < samples.count; at += evaluationBatch) {
        const length = Math.min(evaluationBatch, samples.count - at);
        const batch = gather(
          samples,
          Uint32Array.from({ length }, (_, i) => at + i),
        );
        const logits = tf.tidy(() => values(this.#forward(tensors, batch).output));
        const loss = softmaxCrossEntropy(logits, batch.labels);
        lossSum += loss.lossSum;
        correct += loss.correct;
        if (turn.isOver()) await turn.next();
      }
    } finally {
      tf.dispose(tensors);
    }
    if (!Number.isFinite(lossSum)) {
      throw new FleetError('TRAINING_FAILED', `the loss of the evaluation is ${lossSum}`);
    }
    const { count } = samples;
    return { loss: lossSum / count, accuracy: correct / count, samples: count };
  }

  dispose(): void {
    this.#disposed = true;
  }

  #check(weights: Float32Array, samples: Samples): void {
    if (this.#disposed) throw new Error('the trainer was disposed of');
    const { parameterCount } = this.layout;
    if (weights.length !== parameterCount) {
      throw new RangeError(`${weights.length} weights for a model of ${parameterCount}`);
    }
    if (samples.count === 0) throw new RangeError('no samples');
    if (samples.inputShape.join() !== this.#spec.inputShape.join()) {
      throw new RangeError(`samples of ${samples.inputShape} for a model of ${this.#spec.inputShape}`);
    }
  }

  /** Each layer's weights as tensors, which the caller disposes of. */
  #tensorsOf(weights: Float32Array): tf.Tensor[][] {
    return this.#layers.map((_, layer) =>
      this.layout.tensors
        .filter((tensor) => tensor.layer === layer)
        .map(({ offset, size, shape }) => tf.tensor(weights.subarray(offset, offset + size), [...shape])),
    );
  }

  #forward(tensors: readonly tf.Tensor[][], batch: Batch): { inputs: tf.Tensor[]; output: tf.Tensor } {
    const inputs: tf.Tensor[] = [];
    let output: tf.Tensor = tf.tensor(batch.features, [batch.labels.length, ...this.#spec.inputShape]);
    for (const [i, layer] of this.#layers.entries()) {
      inputs.push(output);
      output = layer.forward(output, tensors[i] ?? []);
    }
    return { inputs, output };
  }

  /** Writes the gradient of the batch's mean loss into `gradient`; returns the sum of its losses. */
  #gradientOf(weights: Float32Array, batch: Batch, gradient: Float32Array): number {
    const tensors = this.#tensorsOf(weights);
    const { inputs, output: logits } = this.#forward(tensors, batch);
    const logitGradient = new Float32Array(logits.size);
    const { lossSum } = softmaxCrossEntropy(values(logits), batch.labels, logitGradient);
    let output = logits;
    let outputGradient: tf.Tensor = tf.tensor(logitGradient, logits.shape);
    for (let i = this.#layers.length - 1; i >= 0; i--) {
      const layer = this.#layers[i];
      const input = inputs[i];
      if (layer === undefined || input === undefined) break;
      const gradients = layer.backward({ input, output, outputGradient, weights: tensors[i] ?? [] });
      const placed = this.layout.tensors.filter((tensor) => tensor.layer === i);
      for (const [k, { offset }] of placed.entries()) {
        const own = gradients.weights[k];
        if (own !== undefined) gradient.set(values(own), offset);
      }
      if (i > 0) outputGradient = gradients.input();
      output = input;
    }
    return lossSum;
  }
}

/** A batch as the engine takes it: scaled features, row after row. */
interface Batch {
  readonly features: Float32Array;
  readonly labels: Uint8Array;
}

/** The objective's additions are in the ONNX engine alone: this one is the reference for the rest. */
function assertSupported({ weightDecay = 0, clipNorm, proximalMu = 0 }: TrainOptions): void {
  if (weightDecay === 0 && clipNorm === undefined && proximalMu === 0) return;
  throw new FleetError('ENGINE_UNAVAILABLE', 'tfjs has no weight decay, clipping or proximal term; onnx has');
}

function gather(samples: Samples, indices: Uint32Array): Batch {
  const size = sampleSize(samples.inputShape);
  const features = new Float32Array(indices.length * size);
  let to = 0;
  for (const index of indices) {
    const from = index * size;
    for (let i = 0; i < size; i++) features[to++] = (samples.features[from + i] ?? 0) * samples.scale;
  }
  return { features, labels: Uint8Array.from(indices, (index) => samples.labels[index] ?? 0) };
}

function values(tensor: tf.Tensor): Float32Array {
  const data = tensor.dataSync();
  if (!(data instanceof Float32Array)) throw new TypeError(`a tensor of ${tensor.dtype}`);
  return data;
}

function diverged(what: string, step: number, steps: number): FleetError {
  return new FleetError('TRAINING_FAILED', `${what} at step ${step} of ${steps}`);
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
