import type { RandomStream } from '#protocol';
import type { Samples } from '../datasets/samples.js';
import { allFinite, diverged } from '../divergence.js';
import { evaluateOutputs } from '../metrics/evaluate-outputs.js';
import { initWeights } from '../models/init-weights.js';
import type { ModelSpec } from '../models/model-spec.js';
import { type WeightLayout, weightLayout } from '../models/weight-layout.js';
import type {
  Evaluation,
  ModelService,
  StepOptions,
  Trainer,
  TrainOptions,
  TrainOutcome,
} from '../trainer.js';
import { assertFit } from '../trainer-arguments.js';
import { channelBlock } from './channel-block.js';
import { compileEvaluation, type EvaluationGraph } from './evaluation-graph.js';
import { EvaluationPass } from './evaluation-pass.js';
import { featureTypeOf } from './features.js';
import type { BatchFormat } from './model-builder.js';
import { GraphSession, loadOnnxRuntime, type OnnxRuntime } from './session.js';
import { TrainingBatches } from './training-batches.js';
import { compileTraining, type TrainingFormat, type TrainingGraph } from './training-graph.js';
import { trainingSamples } from './training-samples.js';
import { TrainingWeights } from './training-weights.js';

const evaluationBatch = 64;
/**
 * Samples from which on a convolutional model is evaluated by a graph with its weights as constants: ONNX
 * Runtime puts them, once, into the order that its fastest convolutions take, a third of the time less.
 */
const worthFixing = 512;

/** A trainer on ONNX Runtime. @throws FleetError ENGINE_UNAVAILABLE */
export async function createOnnxTrainer(spec: ModelSpec): Promise<OnnxTrainer> {
  return new OnnxTrainer(spec, await loadOnnxRuntime());
}

export class OnnxTrainer implements Trainer {
  readonly engine: { readonly name: string; readonly version: string };
  readonly layout: WeightLayout;
  readonly #spec: ModelSpec;
  readonly #convolves: boolean;
  readonly #runtime: OnnxRuntime;
  /** By the numbers that a graph is compiled for. */
  readonly #training = new Map<string, Promise<GraphSession<TrainingGraph>>>();
  readonly #evaluation = new Map<string, Promise<GraphSession<EvaluationGraph>>>();
  readonly #idle: TrainingBatches[] = [];
  #disposed = false;

  constructor(spec: ModelSpec, runtime: OnnxRuntime) {
    this.engine = { name: 'onnx', version: runtime.env.versions.node ?? 'unknown' };
    this.layout = weightLayout(spec);
    this.#spec = spec;
    this.#convolves = spec.layers.some(({ kind }) => kind === 'conv2d');
    this.#runtime = runtime;
  }

  init(stream: RandomStream): Float32Array {
    return initWeights(this.#spec, stream);
  }

  /** Not the graph of a smaller last batch, nor those that have their weights in them. */
  async prepare(samples: Samples, options: StepOptions): Promise<void> {
    await this.#trainingSession(wholeBatch(samples, options), samples, options);
    if (!this.#convolves) await this.#evaluationSession(samples, evaluationBatch);
  }

  async train(start: Float32Array, samples: Samples, options: TrainOptions): Promise<TrainOutcome> {
    this.#check(start, samples);
    const taken: TrainingBatches[] = [];
    // The last batch of an epoch may be smaller: its graph is compiled when the first epoch comes to it.
    const batchesOf = async (size: number): Promise<TrainingBatches> => {
      const known = taken.find(({ batch }) => batch === size);
      if (known !== undefined) return known;
      const batches = await this.#takeBatches(size, samples, options);
      taken.push(batches);
      return batches;
    };
    try {
      return await this.#steps(start, samples, options, wholeBatch(samples, options), batchesOf);
    } finally {
      this.#idle.push(...taken);
    }
  }

  async #steps(
    start: Float32Array,
    samples: Samples,
    options: TrainOptions,
    batch: number,
    batchesOf: (size: number) => Promise<TrainingBatches>,
  ): Promise<TrainOutcome> {
    const { epochs, shuffle, signal, onStep, onEpoch } = options;
    const { count } = samples;
    const full = await batchesOf(batch);
    const weights = new TrainingWeights(start, full.session);
    const rows = trainingSamples(samples, full.session);
    const order = Int32Array.from({ length: count }, (_, i) => i);
    const steps = epochs * Math.ceil(count / batch);
    let step = 0;
    let lossSum = 0;
    let epoch = 0;
    let goesOn = true;
    while (goesOn && epoch < epochs) {
      shuffle.shuffle(order);
      for (let at = 0; at < count; ) {
        signal?.throwIfAborted();
        const whole = Math.floor((count - at) / batch);
        const batches = whole === 0 ? await batchesOf(count % batch) : full;
        const runSteps = Math.min(Math.max(whole, 1), batches.runSteps);
        const indices = order.subarray(at, at + runSteps * batches.batch);
        const losses = await batches.run(rows, indices, { step: step + 1, weights, options });
        for (const loss of losses) {
          step++;
          if (!Number.isFinite(loss)) throw diverged(`the loss is ${loss}`, step, steps);
          lossSum += loss;
          onStep?.({ step, steps, loss: loss / batches.batch });
        }
        at += indices.length;
      }
      epoch++;
      goesOn = (await onEpoch?.(weights.flat)) ?? true;
    }
    signal?.throwIfAborted();
    if (!allFinite(weights.flat)) throw diverged('a weight is not finite', step, steps);
    return {
      weights: weights.flat,
      loss: lossSum / (epoch * count),
      steps: step,
      epochs: epoch,
      samples: count,
    };
  }

  async evaluate(weights: Float32Array, samples: Samples): Promise<Evaluation> {
    this.#check(weights, samples);
    return evaluateOutputs(this.#spec.loss, samples, this.#forward(weights, samples));
  }

  async serve(weights: Float32Array, samples: Samples): Promise<ModelService> {
    this.#check(weights, samples);
    const pass = new EvaluationPass(await this.#evaluationSession(samples, 1), weights);
    return { predict: (index) => pass.run(samples, index, index + 1), close: () => undefined };
  }

  async predict(weights: Float32Array, samples: Samples): Promise<Float32Array> {
    this.#check(weights, samples);
    const all = new Float32Array(samples.count * this.layout.outputs);
    for await (const { begin, outputs } of this.#forward(weights, samples)) {
      all.set(outputs, begin * this.layout.outputs);
    }
    return all;
  }

  async *#forward(weights: Float32Array, samples: Samples) {
    const { count } = samples;
    const fixed =
      this.#convolves && count >= worthFixing ? await this.#fixedSession(samples, weights) : undefined;
    const session = fixed ?? (await this.#evaluationSession(samples, evaluationBatch));
    try {
      const pass = new EvaluationPass(session, weights);
      for (let begin = 0; begin < count; begin += evaluationBatch) {
        const end = Math.min(begin + evaluationBatch, count);
        yield { begin, end, outputs: await pass.run(samples, begin, end) };
      }
    } finally {
      await fixed?.release();
    }
  }

  #fixedSession(samples: Samples, weights: Float32Array): Promise<GraphSession<EvaluationGraph>> {
    const graph = compileEvaluation(this.#spec, formatOf(samples, evaluationBatch), weights);
    return GraphSession.load(this.#runtime, graph, { keepsMemory: false });
  }

  #evaluationSession(samples: Samples, batch: number): Promise<GraphSession<EvaluationGraph>> {
    const format = formatOf(samples, batch);
    return once(this.#evaluation, JSON.stringify(format), () =>
      GraphSession.load(this.#runtime, compileEvaluation(this.#spec, format), { keepsMemory: false }),
    );
  }

  dispose(): void {
    this.#disposed = true;
    for (const session of [...this.#training.values(), ...this.#evaluation.values()]) {
      // One that failed to load has told its caller.
      session.then((loaded) => loaded.release()).catch(() => undefined);
    }
  }

  /** Those of a training that is over where there are some: their buffers are large. */
  async #takeBatches(batch: number, samples: Samples, options: StepOptions): Promise<TrainingBatches> {
    const session = await this.#trainingSession(batch, samples, options);
    const at = this.#idle.findIndex((idle) => idle.session === session);
    const [idle] = at < 0 ? [] : this.#idle.splice(at, 1);
    return idle ?? new TrainingBatches(session);
  }

  #trainingSession(
    batch: number,
    samples: Samples,
    options: StepOptions,
  ): Promise<GraphSession<TrainingGraph>> {
    const { weightDecay = 0, proximalMu = 0, clipNorm, optimizer } = options;
    const format: TrainingFormat = {
      ...formatOf(samples, batch),
      optimizer,
      weightDecay,
      proximalMu,
      clipNorm,
    };
    return once(this.#training, JSON.stringify(format), async () => {
      const block = this.#convolves ? await channelBlock(this.#runtime) : undefined;
      const graph = compileTraining(this.#spec, { ...format, channelBlock: block });
      // A smaller batch is an epoch's last.
      return GraphSession.load(this.#runtime, graph, { keepsMemory: batch === wholeBatch(samples, options) });
    });
  }

  #check(weights: Float32Array, samples: Samples): void {
    if (this.#disposed) throw new Error('the trainer was disposed of');
    assertFit(this.#spec, this.layout, weights, samples);
  }
}

/** Samples of a batch that is whole. */
function wholeBatch({ count }: Samples, { batchSize }: StepOptions): number {
  return Math.min(batchSize, count);
}

function formatOf(samples: Samples, batch: number): BatchFormat {
  return { batch, featureType: featureTypeOf(samples), scale: samples.scale };
}

/** The value under a key, made by the first who asks. */
function once<K, V>(known: Map<K, V>, key: K, make: (key: K) => V): V {
  const value = known.get(key) ?? make(key);
  known.set(key, value);
  return value;
}
