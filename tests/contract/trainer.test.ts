import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  cnnSpec,
  createTrainer,
  linearRegressionSpec,
  type ModelSpec,
  mlpSpec,
  type Samples,
  type TrainOptions,
} from '#learning';
import { randomStream } from '#protocol';

/** What every training engine does alike; which numbers it computes, tests/unit/learning proves. */

const classes = 4;
const inputShape = [6, 6, 1];
const spec = mlpSpec({ inputShape, classes }, [12], { dropout: 0.1 });
const cnn = cnnSpec({ inputShape, classes }, [3], 5);

const options = (change: Partial<TrainOptions> = {}): TrainOptions => ({
  epochs: 1,
  batchSize: 32,
  learningRate: 0.05,
  optimizer: { kind: 'sgd' },
  shuffle: randomStream(7, 'shuffle', 0, 1),
  dropout: randomStream(7, 'dropout', 0, 1),
  ...change,
});
const start = () => randomStream(7, 'init');

/** Images whose class is the brighter of their quarters. */
function quarters(count: number): Samples {
  const stream = randomStream(1, 'sampling');
  const labels = Uint8Array.from({ length: count }, () => stream.integer(0, classes - 1));
  const features = Uint8Array.from({ length: count * 36 }, (_, i) => {
    const [row, column] = [Math.floor((i % 36) / 6), i % 6];
    const quarter = 2 * Math.floor(row / 3) + Math.floor(column / 3);
    return stream.integer(0, 120) + (quarter === labels[Math.floor(i / 36)] ? 100 : 0);
  });
  return { count, inputShape, features, scale: 1 / 255, labels };
}

const samples = quarters(330);

/** Runs a module in a Node process of its own, at the root of the package. */
function inProcess(script: string): Promise<{ stdout: string; stderr: string }> {
  const cwd = resolve(import.meta.dirname, '../..');
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd });
}

/** Trains every family for some epochs of 10 steps and prints a digest of its weights. */
const allFamilies = (engine: string, epochs: number): string => `
  import { cnnSpec, createTrainer, linearRegressionSpec, mlpSpec, mobilenetSpec, recurrentSpec } from '#learning';
  import { randomStream, sha256, weightsToBytes } from '#protocol';
  const data = { inputShape: [8, 8, 1], classes: 4 };
  const stream = randomStream(1, 'sampling');
  const samples = {
    count: 40, inputShape: [8, 8, 1], scale: 1 / 255,
    features: Uint8Array.from({ length: 40 * 64 }, () => stream.integer(0, 255)),
    labels: Uint8Array.from({ length: 40 }, () => stream.integer(0, 3)),
    targets: Float32Array.from({ length: 40 }, () => stream.normal()),
  };
  const { targets, ...classified } = samples;
  const families = {
    mlp: mlpSpec(data, [16, 8], { dropout: 0.2, activation: 'gelu' }), logreg: mlpSpec(data, []), cnn: cnnSpec(data, [4], 8),
    rnn: recurrentSpec(data, 'simple-rnn', 8), lstm: recurrentSpec(data, 'lstm', 8), gru: recurrentSpec(data, 'gru', 8),
    mobilenet: mobilenetSpec(data), linreg: linearRegressionSpec({ inputShape: [8, 8, 1], targets: 1 }),
  };
  for (const [name, spec] of Object.entries(families)) {
    const trainer = await createTrainer(spec, '${engine}');
    const { weights, steps } = await trainer.train(trainer.init(randomStream(7, 'init')), name === 'linreg' ? samples : classified, {
      epochs: ${epochs}, batchSize: 4, learningRate: 0.001, optimizer: { kind: 'adam' }, weightDecay: 1e-4, clipNorm: 1, proximalMu: 0.01,
      shuffle: randomStream(7, 'shuffle'), dropout: randomStream(7, 'dropout'),
    });
    console.log(name, steps, sha256(weightsToBytes(weights)));
  }
`;

describe.each(['onnx', 'tfjs'] as const)('a trainer by %s', (engine) => {
  it('reports what it did: steps with a smaller last batch, samples, the mean loss', async () => {
    const trainer = await createTrainer(spec, engine);
    const weights = trainer.init(start());
    const before = weights.slice();
    const seen: { step: number; steps: number; loss: number }[] = [];
    const outcome = await trainer.train(
      weights,
      samples,
      options({ epochs: 2, batchSize: 100, onStep: (progress) => seen.push(progress) }),
    );
    expect(outcome).toMatchObject({ steps: 8, samples: 330 });
    expect(seen.map(({ step, steps }) => [step, steps])).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [n, 8]));
    const sizes = [100, 100, 100, 30, 100, 100, 100, 30];
    const sum = seen.reduce((total, { loss }, i) => total + loss * sizes[i]!, 0);
    expect(outcome.loss).toBeCloseTo(sum / 660, 10);
    expect(weights).toEqual(before);
    expect(outcome.weights).not.toBe(weights);
    trainer.dispose();
  });

  it.each([1, 50, 1000])('takes batches of %i of 50 samples', async (batchSize) => {
    const trainer = await createTrainer(cnn, engine);
    const training = options({ batchSize, epochs: 2 });
    const outcome = await trainer.train(trainer.init(start()), quarters(50), training);
    expect(outcome).toMatchObject({ steps: 2 * Math.ceil(50 / batchSize), samples: 50 });
    trainer.dispose();
  });

  it.each([
    ['sgd', 0.2],
    ['adam', 0.01],
  ] as const)('learns by %s', async (kind, learningRate) => {
    const trainer = await createTrainer(spec, engine);
    const weights = trainer.init(start());
    const before = await trainer.evaluate(weights, samples);
    const training = options({ epochs: 20, optimizer: { kind }, learningRate });
    const outcome = await trainer.train(weights, samples, training);
    const after = await trainer.evaluate(outcome.weights, samples);
    expect(before.accuracy).toBeLessThan(0.6);
    expect(after.accuracy).toBeGreaterThan(0.95);
    expect(after.loss).toBeLessThan(before.loss / 2);
    trainer.dispose();
  });

  it('goes on with a share of one class', async () => {
    const single = { ...samples, labels: new Uint8Array(330).fill(2) };
    const trainer = await createTrainer(cnn, engine);
    const training = options({ epochs: 5, optimizer: { kind: 'adam' } });
    const { weights } = await trainer.train(trainer.init(start()), single, training);
    expect((await trainer.evaluate(weights, single)).accuracy).toBe(1);
    trainer.dispose();
  });

  it('gives the gradient of a max-pooling to the first of equals', async () => {
    const pooled: ModelSpec = {
      inputShape: [2, 2, 1],
      layers: [
        { kind: 'depthwise-conv2d', kernelSize: 3, strides: 1, padding: 'same', activation: 'linear' },
        { kind: 'max-pool2d', size: 2 },
        { kind: 'dense', units: 2, activation: 'linear' },
      ],
      loss: 'softmax-cross-entropy',
    };
    // The depthwise layer gives its bias everywhere; its kernel's gradient tells which position was taken.
    const weights = new Float32Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 1, -1, 0, 0]);
    const one = { count: 1, inputShape: [2, 2, 1], features: new Uint8Array(4).fill(1), scale: 1 };
    const trainer = await createTrainer(pooled, engine);
    const { weights: moved } = await trainer.train(weights, { ...one, labels: Uint8Array.of(1) }, options());
    trainer.dispose();
    // The first position of a 2 x 2 image sees it by the taps to its right and below.
    expect(Array.from(moved.subarray(0, 9), (tap) => tap !== 0)).toEqual(
      [0, 0, 0, 0, 1, 1, 0, 1, 1].map(Boolean),
    );
  });

  it('fits lines by a squared loss', async () => {
    const stream = randomStream(3, 'sampling');
    const slope = [0.5, -1, 2];
    const features = Float32Array.from({ length: 64 * 3 }, () => stream.normal());
    const targets = Float32Array.from({ length: 64 }, (_, n) =>
      slope.reduce((sum, a, i) => sum + a * features[n * 3 + i]!, 0.25),
    );
    const points = { count: 64, inputShape: [3], features, scale: 1, labels: new Uint8Array(64) };
    const line = { ...points, targets };
    const trainer = await createTrainer(linearRegressionSpec({ inputShape: [3], targets: 1 }), engine);
    const training = options({ epochs: 100, learningRate: 0.1 });
    const { weights } = await trainer.train(trainer.init(start()), line, training);
    for (const [i, value] of [...slope, 0.25].entries()) expect(weights[i]).toBeCloseTo(value, 3);
    const predicted = await trainer.predict(weights, line);
    expect(predicted).toHaveLength(64);
    for (const [i, value] of predicted.entries()) expect(value).toBeCloseTo(targets[i]!, 2);
    const fitted = await trainer.evaluate(weights, line);
    expect(fitted.samples).toBe(64);
    expect(fitted.loss).toBeCloseTo((fitted.rmse ?? Number.NaN) ** 2, 12);
    expect(fitted.r2).toBeGreaterThan(0.999);
    expect(fitted.accuracy).toBeUndefined();
    await expect(trainer.evaluate(weights, points)).rejects.toThrow('no targets for 64 samples of 1 outputs');
    trainer.dispose();
  });

  it('answers requests for one sample as for all', async () => {
    const trainer = await createTrainer(cnn, engine);
    const weights = trainer.init(start());
    const predicted = await trainer.predict(weights, samples);
    const service = await trainer.serve(weights, samples);
    for (const index of [0, 7, 329]) {
      const outputs = await service.predict(index);
      for (const [i, output] of outputs.entries()) {
        expect(output).toBeCloseTo(predicted[index * classes + i]!, 5);
      }
    }
    service.close();
    trainer.dispose();
  });

  it('visits the samples and drops values out in the order of its streams', async () => {
    const trainer = await createTrainer(spec, engine);
    const weights = trainer.init(start());
    const run = async (change: Partial<TrainOptions> = {}) =>
      (await trainer.train(weights, samples, options(change))).weights;
    const first = await run();
    expect(await run()).toEqual(first);
    expect(await run({ shuffle: randomStream(7, 'shuffle', 0, 2) })).not.toEqual(first);
    expect(await run({ dropout: randomStream(7, 'dropout', 0, 2) })).not.toEqual(first);
    trainer.dispose();
  });

  it('asks after each epoch whether to go on, which changes no bit', async () => {
    const trainer = await createTrainer(spec, engine);
    const weights = trainer.init(start());
    // Momentum, bias correction, masks and order must all carry over; 30 samples are left for the last batch.
    const training = (change: Partial<TrainOptions>) =>
      trainer.train(weights, samples, options({ batchSize: 100, optimizer: { kind: 'adam' }, ...change }));
    const plain = await training({ epochs: 4 });
    const epochs: Float32Array[] = [];
    const onEpoch = async (now: Float32Array) => {
      // What an observer does in between is the trainer's own work.
      await trainer.evaluate(now, samples);
      return epochs.push(now.slice()) < 4;
    };
    const asked = await training({ epochs: 4, onEpoch });
    expect(plain).toMatchObject({ epochs: 4, steps: 16 });
    expect(asked).toEqual(plain);
    expect(epochs).toHaveLength(4);
    for (const [i, now] of epochs.entries()) {
      expect(now, `epoch ${i + 1}`).toEqual((await training({ epochs: i + 1 })).weights);
    }
    trainer.dispose();
  });

  it('ends after the epoch that is answered with no', async () => {
    const trainer = await createTrainer(spec, engine);
    const weights = trainer.init(start());
    const two = await trainer.train(weights, samples, options({ epochs: 2 }));
    let asked = 0;
    const ended = await trainer.train(
      weights,
      samples,
      options({ epochs: 9, onEpoch: async () => ++asked < 2 }),
    );
    expect(asked).toBe(2);
    expect(ended).toEqual(two);
    const failing = options({ onEpoch: () => Promise.reject(new Error('the observer failed')) });
    await expect(trainer.train(weights, samples, failing)).rejects.toThrow('the observer failed');
    trainer.dispose();
  });

  it('gives the same bits alone and beside another training', async () => {
    const trainer = await createTrainer(spec, engine);
    const weights = trainer.init(start());
    const run = () => trainer.train(weights, samples, options({ epochs: 3, optimizer: { kind: 'adam' } }));
    const alone = await run();
    const [one, two] = await Promise.all([run(), run()]);
    expect(one.weights).toEqual(alone.weights);
    expect(two.weights).toEqual(alone.weights);
    trainer.dispose();
  });

  it('gives the same bits of every family in two processes', async () => {
    const epochs = engine === 'onnx' ? 10 : 1;
    const script = allFamilies(engine, epochs);
    const [one, two] = await Promise.all([inProcess(script), inProcess(script)]);
    const lines = one.stdout.trim().split('\n');
    expect(lines).toHaveLength(8);
    for (const line of lines) expect(line).toMatch(new RegExp(`^\\w+ ${10 * epochs} [0-9a-f]{64}$`));
    expect(two.stdout).toBe(one.stdout);
    expect(one.stderr).toBe('');
  });

  it('says so when the loss or the weights are no longer finite', async () => {
    const trainer = await createTrainer(spec, engine);
    const weights = trainer.init(start());
    const failed = (message: RegExp) =>
      expect.objectContaining({ code: 'TRAINING_FAILED', message: expect.stringMatching(message) });
    await expect(trainer.train(weights, samples, options({ learningRate: 1e30, epochs: 3 }))).rejects.toThrow(
      failed(/the loss is (NaN|-?Infinity) at step \d+ of 33/),
    );
    await expect(
      trainer.train(weights, samples, options({ learningRate: 1e300, batchSize: 330 })),
    ).rejects.toThrow(failed(/a weight is not finite at step 1 of 1/));
    await expect(trainer.evaluate(weights.fill(Number.NaN), samples)).rejects.toThrow(
      failed(/evaluation is NaN/),
    );
    trainer.dispose();
  });

  it('lets the event loop turn, and stops when told to', async () => {
    const trainer = await createTrainer(spec, engine);
    const weights = trainer.init(start());
    const controller = new AbortController();
    const reason = new Error('the round is over');
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks === 3) controller.abort(reason);
    }, 10);
    let steps = 0;
    const training = options({ epochs: 100_000, signal: controller.signal, onStep: () => steps++ });
    await expect(trainer.train(weights, samples, training)).rejects.toBe(reason);
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(3);
    expect(steps).toBeGreaterThan(0);
    const aborted = options({ signal: AbortSignal.abort(reason) });
    await expect(trainer.train(weights, samples, aborted)).rejects.toBe(reason);
    trainer.dispose();
  });

  it('refuses layers that there are not, or that do not fit', async () => {
    const make = (...layers: unknown[]) =>
      createTrainer({ ...spec, layers: layers as ModelSpec['layers'] }, engine);
    await expect(make({ kind: 'attention' })).rejects.toThrow('no such layer: {"kind":"attention"}');
    await expect(make({ kind: 'lstm', units: 3 })).rejects.toThrow(
      /lstm needs samples of \[time, features\]/,
    );
    await expect(make({ kind: 'dropout', rate: 1 })).rejects.toThrow(/a dropout rate of 1/);
    await expect(make({ kind: 'reshape', shape: [5] })).rejects.toThrow('[6,6,1] cannot take the shape [5]');
    const wide = {
      kind: 'conv2d',
      filters: 1,
      kernelSize: 7,
      strides: 1,
      padding: 'valid',
      activation: 'relu',
    };
    await expect(make(wide)).rejects.toThrow(/a kernel of \d+ is larger than its input/);
    const narrowing = { kind: 'residual', layers: [{ kind: 'dense', units: 3, activation: 'relu' }] };
    await expect(make(narrowing)).rejects.toThrow(/the sum needs equal shapes/);
  });

  it('refuses weights, samples and options that do not fit', async () => {
    const trainer = await createTrainer(spec, engine);
    const weights = trainer.init(start());
    const train = (change: Partial<Samples>, training = options()) =>
      trainer.train(weights, { ...samples, ...change }, training);
    const none = { count: 0, features: new Uint8Array(0), labels: new Uint8Array(0) };
    await expect(trainer.train(weights.subarray(1), samples, options())).rejects.toThrow(
      /weights for a model/,
    );
    await expect(train(none)).rejects.toThrow('no samples');
    await expect(trainer.evaluate(weights, { ...samples, ...none })).rejects.toThrow('no samples');
    await expect(train({ inputShape: [36] })).rejects.toThrow('samples of 36 for a model of 6,6,1');
    await expect(train({ features: new Uint8Array(36) })).rejects.toThrow('36 values for 330 samples');
    await expect(train({ labels: new Uint8Array(3) })).rejects.toThrow('3 labels for 330 samples');
    const beyond = samples.labels.with(329, classes);
    await expect(train({ labels: beyond })).rejects.toThrow('class 4 for a model of 4 outputs');
    await expect(train({}, options({ dropout: undefined }))).rejects.toThrow(/needs a stream/);
    trainer.dispose();
    await expect(trainer.evaluate(weights, samples)).rejects.toThrow('disposed');
  });
});

describe('the engines', () => {
  it.each([
    ['an MLP with dropout', spec, { kind: 'sgd', momentum: 0.9 }],
    ['a CNN', cnn, { kind: 'adagrad' }],
  ] as const)('agree on %s after 33 steps: the same start, order and masks', async (_, model, optimizer) => {
    const run = async (engine: 'onnx' | 'tfjs') => {
      const trainer = await createTrainer(model, engine);
      const weights = trainer.init(start());
      const outcome = await trainer.train(weights, samples, options({ epochs: 3, optimizer }));
      trainer.dispose();
      return outcome;
    };
    const [onnx, tfjs] = [await run('onnx'), await run('tfjs')];
    expect(onnx.loss).toBeCloseTo(tfjs.loss, 5);
    for (const [i, weight] of onnx.weights.entries()) {
      expect(Math.abs(weight - tfjs.weights[i]!), `weight ${i}`).toBeLessThan(1e-5);
    }
  });
});
