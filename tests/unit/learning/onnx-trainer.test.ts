import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createOnnxTrainer } from '#internal/learning/onnx/onnx-trainer.js';
import {
  cnnSpec,
  linearRegressionSpec,
  type ModelSpec,
  mlpSpec,
  type Samples,
  type TrainOptions,
  type WeightLayout,
  weightLayout,
} from '#learning';
import { randomStream } from '#protocol';
import {
  between,
  inTrainingOrder,
  relativeDifference,
  someSamples,
  someWeights,
} from './learning-fixtures.js';
import { reference } from './onnx-reference.js';

const classes = 4;
const spec = mlpSpec({ inputShape: [6], classes }, [7]);
const options = (change: Partial<TrainOptions> = {}): TrainOptions => ({
  epochs: 1,
  batchSize: 8,
  learningRate: 0.05,
  optimizer: { kind: 'sgd' },
  shuffle: randomStream(7, 'shuffle'),
  ...change,
});

beforeAll(() => tf.setBackend('cpu'));

type Gradient = Float32Array;
type Update = (weights: Float32Array, gradient: Gradient, step: number) => void;

/** Training by reference gradients and a rule over the flat weights. */
function referenceTraining(
  model: ModelSpec,
  start: Float32Array,
  samples: Samples,
  { epochs, batchSize, shuffle }: TrainOptions,
  update: Update,
): Float32Array {
  const weights = start.slice();
  let ordered = samples;
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    ordered = inTrainingOrder(ordered, shuffle);
    for (let at = 0; at < samples.count; at += batchSize) {
      const batch = between(ordered, at, Math.min(at + batchSize, samples.count));
      update(weights, reference(model, weights, batch).gradient, ++step);
    }
  }
  return weights;
}

async function train(model: ModelSpec, start: Float32Array, samples: Samples, change: TrainOptions) {
  const trainer = await createOnnxTrainer(model);
  try {
    return await trainer.train(start, samples, change);
  } finally {
    trainer.dispose();
  }
}

/** A rule made of one of TensorFlow.js's optimisers. */
function tfUpdate(optimizer: tf.Optimizer): Update {
  let variable: tf.Variable | undefined;
  return (weights, gradient) => {
    variable ??= tf.variable(tf.tensor1d(weights));
    const name = variable.name;
    tf.tidy(() => optimizer.applyGradients({ [name]: tf.tensor1d(gradient) }));
    weights.set(variable.dataSync());
  };
}

/** Which of the flat weights belong to kernels. */
const inKernels = ({ tensors }: WeightLayout): boolean[] =>
  tensors.flatMap(({ size, shape }) => new Array<boolean>(size).fill(shape.length > 1));

describe('optimisers', () => {
  const samples = someSamples([6], 21, classes);
  const rate = 0.05;
  const cases: Record<string, [Partial<TrainOptions>, () => Update]> = {
    sgd: [{ optimizer: { kind: 'sgd' } }, () => tfUpdate(tf.train.sgd(rate))],
    momentum: [{ optimizer: { kind: 'sgd', momentum: 0.9 } }, () => tfUpdate(tf.train.momentum(rate, 0.9))],
    'momentum by Nesterov': [
      { optimizer: { kind: 'sgd', momentum: 0.8, nesterov: true } },
      () => tfUpdate(tf.train.momentum(rate, 0.8, true)),
    ],
    adam: [{ optimizer: { kind: 'adam' } }, () => tfUpdate(tf.train.adam(rate))],
    'adam with other numbers': [
      { optimizer: { kind: 'adam', beta1: 0.8, beta2: 0.95, epsilon: 1e-3 } },
      () => tfUpdate(tf.train.adam(rate, 0.8, 0.95, 1e-3)),
    ],
    rmsprop: [{ optimizer: { kind: 'rmsprop' } }, () => tfUpdate(tf.train.rmsprop(rate))],
    'rmsprop with momentum': [
      { optimizer: { kind: 'rmsprop', rho: 0.8, momentum: 0.5 } },
      () => tfUpdate(tf.train.rmsprop(rate, 0.8, 0.5)),
    ],
    adagrad: [{ optimizer: { kind: 'adagrad' } }, () => tfUpdate(tf.train.adagrad(rate))],
    'adagrad with another start': [
      { optimizer: { kind: 'adagrad', initialSum: 1 } },
      () => tfUpdate(tf.train.adagrad(rate, 1)),
    ],
  };
  it.each(Object.entries(cases))('%s moves weights as in TensorFlow.js', async (_, [change, rule]) => {
    const start = someWeights(spec, weightLayout(spec));
    const { weights } = await train(spec, start, samples, options({ epochs: 4, ...change }));
    const expected = referenceTraining(spec, start, samples, options({ epochs: 4 }), rule());
    expect(relativeDifference(weights, expected)).toBeLessThan(1e-5);
  });

  it('adamw decays kernels by themselves', async () => {
    const decay = 0.1;
    const start = someWeights(spec, weightLayout(spec));
    const trainer = await createOnnxTrainer(spec);
    const kernel = inKernels(trainer.layout);
    const first = new Float64Array(start.length);
    const second = new Float64Array(start.length);
    const expected = referenceTraining(spec, start, samples, options({ epochs: 3 }), (w, g, step) => {
      for (const i of w.keys()) {
        first[i] = 0.9 * first[i]! + 0.1 * g[i]!;
        second[i] = 0.999 * second[i]! + 0.001 * g[i]! ** 2;
        const root = Math.sqrt(second[i]! / (1 - 0.999 ** step)) + 1e-7;
        const lost = kernel[i] ? rate * decay * w[i]! : 0;
        w[i] = w[i]! - lost - (rate * (first[i]! / (1 - 0.9 ** step))) / root;
      }
    });
    const { weights } = await trainer.train(
      start,
      samples,
      options({ epochs: 3, optimizer: { kind: 'adamw' }, weightDecay: decay }),
    );
    trainer.dispose();
    expect(relativeDifference(weights, expected)).toBeLessThan(1e-5);
  });
});

describe('the objective', () => {
  const samples = someSamples([6], 21, classes);
  const rate = 0.05;
  const start = someWeights(spec, weightLayout(spec));

  /** Gradients with proximal term, clipping and decay, in this order, in float64. */
  function changed(kernel: boolean[], { mu = 0, clip = Number.POSITIVE_INFINITY, decay = 0 }) {
    return (w: Float32Array, g: Gradient): Float32Array => {
      const proximal = g.map((value, i) => value + mu * (w[i]! - start[i]!));
      const norm = Math.sqrt(proximal.reduce((sum, value) => sum + value ** 2, 0));
      const shorten = Math.min(1, clip / norm);
      return proximal.map((value, i) => value * shorten + (kernel[i] ? decay * w[i]! : 0));
    };
  }

  const cases = {
    'weight decay': { decay: 0.2 },
    'clipping of long gradients': { clip: 0.05 },
    'no clipping of short gradients': { clip: 1e6 },
    'proximal term': { mu: 3 },
    'all of them': { decay: 0.2, clip: 0.1, mu: 3 },
  };
  const kinds = ['sgd', 'adam'] as const;
  const all = Object.entries(cases).flatMap(([name, change]) =>
    kinds.map((kind) => [name, kind, change] as const),
  );
  it.each(all)('%s with %s', async (_, kind, change: { mu?: number; clip?: number; decay?: number }) => {
    const trainer = await createOnnxTrainer(spec);
    const modify = changed(inKernels(trainer.layout), change);
    const rule = tfUpdate(kind === 'sgd' ? tf.train.sgd(rate) : tf.train.adam(rate));
    const update: Update = (w, g, step) => rule(w, modify(w, g), step);
    const expected = referenceTraining(spec, start, samples, options({ epochs: 2 }), update);
    const { weights } = await trainer.train(
      start,
      samples,
      options({
        epochs: 2,
        optimizer: { kind },
        weightDecay: change.decay,
        clipNorm: change.clip,
        proximalMu: change.mu,
      }),
    );
    trainer.dispose();
    expect(relativeDifference(weights, expected)).toBeLessThan(1e-5);
  });
});

describe('gradients in float64', () => {
  it('of an MLP are its central differences', async () => {
    const samples = someSamples([6], 5, classes);
    const start = someWeights(spec, weightLayout(spec));
    const trainer = await createOnnxTrainer(spec);
    const rate = 2 ** 14;
    const { weights } = await trainer.train(start, samples, options({ learningRate: rate }));
    const lossAt = (w: Float64Array): number => {
      const [w1, b1, w2, b2] = trainer.layout.tensors.map(({ offset, size }) =>
        w.subarray(offset, offset + size),
      );
      let loss = 0;
      for (let n = 0; n < 5; n++) {
        const x = Array.from(samples.features.subarray(n * 6, n * 6 + 6), (byte) => byte / 128);
        const h = Array.from(b1!, (b, j) =>
          Math.max(
            0,
            x.reduce((sum, value, i) => sum + value * w1![i * 7 + j]!, b),
          ),
        );
        const z = Array.from(b2!, (b, k) =>
          h.reduce((sum, value, j) => sum + value * w2![j * classes + k]!, b),
        );
        loss += Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - z[samples.labels[n]!]!;
      }
      return loss / 5;
    };
    const gradient = Float64Array.from(start, (weight, i) => (weight - weights[i]!) / rate);
    const differences = Float64Array.from(start, (_, i) => {
      const [above, below] = [Float64Array.from(start), Float64Array.from(start)];
      above[i]! += 1e-5;
      below[i]! -= 1e-5;
      return (lossAt(above) - lossAt(below)) / 2e-5;
    });
    trainer.dispose();
    expect(relativeDifference(gradient, differences)).toBeLessThan(1e-5);
  });
});

describe('max-pooling', () => {
  it('gives the gradient to the first of equals', async () => {
    const pooled: ModelSpec = {
      inputShape: [2, 2, 1],
      layers: [
        { kind: 'conv2d', filters: 1, kernelSize: 1, strides: 1, padding: 'same', activation: 'relu' },
        {
          kind: 'residual',
          layers: [
            { kind: 'depthwise-conv2d', kernelSize: 3, strides: 1, padding: 'same', activation: 'linear' },
          ],
        },
        { kind: 'max-pool2d', size: 2 },
        { kind: 'flatten' },
        { kind: 'dense', units: 2, activation: 'linear' },
      ],
      loss: 'softmax-cross-entropy',
    };
    const start = someWeights(pooled, weightLayout(pooled));
    // All of the image, and so all of the field, is one value; the depthwise kernel's gradient tells
    // which position was taken.
    start.fill(0, 2, 2 + 10);
    const samples: Samples = {
      count: 1,
      inputShape: [2, 2, 1],
      features: new Uint8Array(4).fill(200),
      scale: 1,
      labels: Uint8Array.of(1),
    };
    start[0] = 0.5;
    const { gradient } = reference(pooled, start, samples);
    const { weights } = await train(pooled, start, samples, options({ learningRate: 2 ** 14 }));
    const own = Float64Array.from(start, (weight, i) => (weight - weights[i]!) / 2 ** 14);
    const taps = (of: ArrayLike<number>) => Array.from({ length: 9 }, (_, i) => of[2 + i]! !== 0);
    // The first position of a 2 x 2 image sees it by the taps to its right and below.
    expect(taps(own)).toEqual([false, false, false, false, true, true, false, true, true]);
    expect(relativeDifference(own, gradient)).toBeLessThan(1e-5);
  });
});

describe('training', () => {
  const samples = someSamples([6, 6, 1], 50, classes);
  const model = cnnSpec({ inputShape: [6, 6, 1], classes }, [3], 5);

  it('takes a smaller last batch, batches of one and one batch of all', async () => {
    const start = someWeights(model, weightLayout(model));
    for (const batchSize of [32, 1, 50, 1000]) {
      const change = options({ batchSize, epochs: 2, learningRate: 0.01 });
      const outcome = await train(model, start, samples, { ...change, shuffle: randomStream(7, 'shuffle') });
      expect(outcome).toMatchObject({ steps: 2 * Math.ceil(50 / batchSize), samples: 50 });
      const expected = referenceTraining(
        model,
        start,
        samples,
        { ...change, shuffle: randomStream(7, 'shuffle') },
        tfUpdate(tf.train.sgd(0.01)),
      );
      expect(relativeDifference(outcome.weights, expected), `batches of ${batchSize}`).toBeLessThan(1e-5);
    }
  });

  it('goes on with a share of one class', async () => {
    const single = { ...samples, labels: new Uint8Array(50).fill(2) };
    const trainer = await createOnnxTrainer(model);
    const start = trainer.init(randomStream(1, 'init'));
    const { weights } = await trainer.train(
      start,
      single,
      options({ epochs: 20, optimizer: { kind: 'adam' } }),
    );
    expect((await trainer.evaluate(weights, single)).accuracy).toBe(1);
    trainer.dispose();
  });

  it('fits lines by a squared loss', async () => {
    const regression = linearRegressionSpec({ inputShape: [3], targets: 1 });
    const points = someSamples([3], 64, 2);
    const slope = [0.5, -1, 2];
    const targets = Float32Array.from({ length: 64 }, (_, n) =>
      slope.reduce((sum, a, i) => sum + (a * points.features[n * 3 + i]!) / 128, 0.25),
    );
    const line = { ...points, targets };
    const trainer = await createOnnxTrainer(regression);
    const start = trainer.init(randomStream(1, 'init'));
    const { weights } = await trainer.train(start, line, options({ epochs: 400, learningRate: 0.1 }));
    for (const [i, value] of [...slope, 0.25].entries()) expect(weights[i]).toBeCloseTo(value, 3);
    const fitted = await trainer.evaluate(weights, line);
    expect(fitted.accuracy).toBeUndefined();
    expect(fitted).toMatchObject({ samples: 64, loss: (fitted.rmse ?? Number.NaN) ** 2 });
    expect(fitted.r2).toBeGreaterThan(0.999);
    expect(relativeDifference(await trainer.predict(weights, line), targets)).toBeLessThan(1e-3);
    await expect(trainer.evaluate(weights, points)).rejects.toThrow('no targets for 64 samples');
    trainer.dispose();
  });

  it('refuses what does not fit', async () => {
    const trainer = await createOnnxTrainer(model);
    const start = trainer.init(randomStream(1, 'init'));
    const empty = between(samples, 0, 0);
    await expect(trainer.train(start, empty, options())).rejects.toThrow('no samples');
    const beyond = { ...samples, labels: samples.labels.map((label, i) => (i === 49 ? classes : label)) };
    await expect(trainer.train(start, beyond, options())).rejects.toThrow(/class 4 for a model of 4 outputs/);
    await expect(trainer.train(start.subarray(1), samples, options())).rejects.toThrow(/weights for a model/);
    const masked: ModelSpec = { ...model, layers: [{ kind: 'dropout', rate: 0.5 }, ...model.layers] };
    await expect(train(masked, start, samples, options())).rejects.toThrow(/needs a stream/);
    const wrong = { ...model, layers: [{ kind: 'attention' }] } as unknown as ModelSpec;
    await expect(createOnnxTrainer(wrong)).rejects.toThrow('no such layer: {"kind":"attention"}');
    const shapes: ModelSpec = { ...model, layers: [{ kind: 'lstm', units: 3 }] };
    await expect(createOnnxTrainer(shapes)).rejects.toThrow(/lstm needs samples of \[time, features\]/);
    trainer.dispose();
    await expect(trainer.evaluate(start, samples)).rejects.toThrow('disposed');
  });

  it('fails when numbers are no longer finite, and says at which step', async () => {
    const start = someWeights(spec, weightLayout(spec));
    const failing = train(
      spec,
      start,
      someSamples([6], 24, classes),
      options({ epochs: 20, learningRate: 1e30 }),
    );
    await expect(failing).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringMatching(/the loss is (NaN|-?Infinity) at step \d+ of 60/),
    });
  });

  it('gives the same bits however many steps the clock lets it make at once, dropout included', async () => {
    const model = mlpSpec({ inputShape: [6], classes }, [7, 5], { dropout: 0.3 });
    const samples = someSamples([6], 200, classes);
    const train = async () => {
      const trainer = await createOnnxTrainer(model);
      const dropout = randomStream(7, 'dropout');
      const outcome = await trainer.train(
        trainer.init(randomStream(7, 'init')),
        samples,
        options({ epochs: 4, dropout }),
      );
      trainer.dispose();
      return outcome.weights;
    };
    const inBlocks = await train();
    let now = 0;
    // Every run seems to take a second: the next one is given a single step.
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 1000;
      return now;
    });
    const oneByOne = await train();
    clock.mockRestore();
    expect(oneByOne).toEqual(inBlocks);
  });

  it('gives the same bits in two processes after 100 steps', async () => {
    const script = `
      import { createOnnxTrainer } from '#internal/learning/onnx/onnx-trainer.js';
      import { cnnSpec } from '#learning';
      import { randomStream, sha256, weightsToBytes } from '#protocol';
      const stream = randomStream(1, 'sampling');
      const samples = {
        count: 320, inputShape: [12, 12, 1], scale: 1 / 255,
        features: Uint8Array.from({ length: 320 * 144 }, () => stream.integer(0, 255)),
        labels: Uint8Array.from({ length: 320 }, () => stream.integer(0, 9)),
      };
      const trainer = await createOnnxTrainer(cnnSpec({ inputShape: [12, 12, 1], classes: 10 }));
      const { weights, steps, loss } = await trainer.train(trainer.init(randomStream(7, 'init')), samples, {
        epochs: 10, batchSize: 32, learningRate: 0.001, optimizer: { kind: 'adam' }, shuffle: randomStream(7, 'shuffle'),
      });
      console.log(sha256(weightsToBytes(weights)), steps, loss);
    `;
    const cwd = resolve(import.meta.dirname, '../../..');
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd });
    const [one, two] = [await run(), await run()];
    expect(one.stdout).toMatch(/^[0-9a-f]{64} 100 \d/);
    expect(two.stdout).toBe(one.stdout);
    expect(one.stderr).toBe('');
  });

  it('leaks nothing', async () => {
    const script = `
      import { createOnnxTrainer } from '#internal/learning/onnx/onnx-trainer.js';
      import { mlpSpec } from '#learning';
      import { randomStream } from '#protocol';
      const samples = { count: 3200, inputShape: [784], scale: 1 / 255, features: new Uint8Array(3200 * 784), labels: new Uint8Array(3200) };
      const trainer = await createOnnxTrainer(mlpSpec({ inputShape: [784], classes: 10 }, [128, 64]));
      let weights = trainer.init(randomStream(7, 'init'));
      const round = async () => {
        weights = (await trainer.train(weights, samples, {
          epochs: 1, batchSize: 32, learningRate: 0.001, optimizer: { kind: 'adam' }, shuffle: randomStream(7, 'shuffle'),
        })).weights;
        await trainer.evaluate(weights, samples);
        gc();
      };
      for (let i = 0; i < 3; i++) await round();
      const before = process.memoryUsage.rss();
      for (let i = 0; i < 12; i++) await round();
      console.log((process.memoryUsage.rss() - before) / 2 ** 20);
    `;
    const cwd = resolve(import.meta.dirname, '../../..');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', '--input-type=module', '-e', script],
      { cwd },
    );
    // 1,200 steps of three times 0.4 MiB of weights and moments: a leaking step would show.
    expect(Number(stdout)).toBeLessThan(16);
  });
});
