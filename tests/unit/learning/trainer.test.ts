import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { renderDigit } from '#internal/learning/datasets/synthetic-digits/render-digit.js';
import {
  createTrainer,
  datasetInfo,
  mlpSpec,
  openDataset,
  probeEngines,
  type Samples,
  type TrainOptions,
} from '#learning';
import { randomStream } from '#protocol';
import { realDataDir, temporaryFolder } from './real-data.js';

const digits = mlpSpec(datasetInfo('synthetic_digits'), [32]);
const shuffle = () => randomStream(7, 'shuffle', 0, 1);
const start = () => randomStream(7, 'init');
const options = (change: Partial<TrainOptions> = {}): TrainOptions => ({
  epochs: 1,
  batchSize: 32,
  learningRate: 0.001,
  optimizer: { kind: 'adam' },
  shuffle: shuffle(),
  ...change,
});

function rendered(count: number): Samples {
  const features = new Uint8Array(count * 784);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  for (const [i, label] of labels.entries()) {
    features.set(renderDigit(label, randomStream(1, 'render', i)), i * 784);
  }
  return { count, inputShape: [28, 28, 1], features, scale: 1 / 255, labels };
}

const images = rendered(330);

/** Runs a module in a Node process of its own, at the root of the package. */
function inProcess(script: string): Promise<{ stdout: string; stderr: string }> {
  const cwd = resolve(import.meta.dirname, '../../..');
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd });
}

describe('training', () => {
  it('follows the gradient that finite differences give', async () => {
    const spec = mlpSpec({ inputShape: [6], classes: 3 }, [7, 5]);
    const trainer = await createTrainer(spec, 'tfjs');
    const stream = randomStream(2, 'sampling');
    const samples: Samples = {
      count: 8,
      inputShape: [6],
      features: Uint8Array.from({ length: 48 }, () => stream.integer(0, 255)),
      scale: 1 / 128,
      labels: Uint8Array.from({ length: 8 }, () => stream.integer(0, 2)),
    };
    const weights = trainer.init(start()).map((weight) => weight + 0.1 * stream.normal());
    // One step of SGD at rate 1 over one batch moves the weights by the gradient.
    const step = options({ optimizer: { kind: 'sgd' }, learningRate: 1, batchSize: 8 });
    const { weights: moved } = await trainer.train(weights, samples, step);
    const h = 1e-3;
    const lossAt = async (i: number, by: number) => {
      const near = weights.slice();
      near[i]! += by;
      return (await trainer.evaluate(near, samples)).loss;
    };
    let largest = 0;
    for (const i of weights.keys()) {
      const gradient = weights[i]! - moved[i]!;
      const difference = ((await lossAt(i, h)) - (await lossAt(i, -h))) / (2 * h);
      expect(Math.abs(gradient - difference), `weight ${i}`).toBeLessThan(2e-3);
      largest = Math.max(largest, Math.abs(gradient));
    }
    expect(largest).toBeGreaterThan(0.1);
  });

  it('reports what it did: steps with a smaller last batch, samples, the mean loss', async () => {
    const trainer = await createTrainer(digits, 'auto');
    const weights = trainer.init(start());
    const before = weights.slice();
    const seen: { step: number; steps: number; loss: number }[] = [];
    const outcome = await trainer.train(
      weights,
      images,
      options({ epochs: 2, batchSize: 100, onStep: (progress) => seen.push(progress) }),
    );
    expect(outcome).toMatchObject({ steps: 8, samples: 330 });
    expect(seen.map(({ step, steps }) => [step, steps])).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [n, 8]));
    const sizes = [100, 100, 100, 30, 100, 100, 100, 30];
    const sum = seen.reduce((total, { loss }, i) => total + loss * sizes[i]!, 0);
    expect(outcome.loss).toBeCloseTo(sum / 660, 10);
    expect(weights).toEqual(before);
    expect(outcome.weights).not.toBe(weights);
  });

  it.each(['adam', 'sgd'] as const)('%s learns', async (optimizer) => {
    const trainer = await createTrainer(digits, 'auto');
    const weights = trainer.init(start());
    const before = await trainer.evaluate(weights, images);
    const learningRate = optimizer === 'adam' ? 0.003 : 0.1;
    const outcome = await trainer.train(
      weights,
      images,
      options({ epochs: 15, optimizer: { kind: optimizer }, learningRate }),
    );
    const after = await trainer.evaluate(outcome.weights, images);
    expect(before.accuracy).toBeLessThan(0.3);
    expect(after.accuracy).toBeGreaterThan(0.9);
    expect(after.loss).toBeLessThan(before.loss / 2);
  });

  it('visits the samples in the order of its stream', async () => {
    const trainer = await createTrainer(digits, 'auto');
    const weights = trainer.init(start());
    const run = async (round: number) =>
      (await trainer.train(weights, images, options({ shuffle: randomStream(7, 'shuffle', 0, round) })))
        .weights;
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });

  it('gives the same bits alone and beside another training', async () => {
    const trainer = await createTrainer(digits, 'auto');
    const weights = trainer.init(start());
    const run = () => trainer.train(weights, images, options({ epochs: 3 }));
    const alone = await run();
    const [one, two] = await Promise.all([run(), run()]);
    expect(one.weights).toEqual(alone.weights);
    expect(two.weights).toEqual(alone.weights);
  });

  it('gives the same bits in two processes', async () => {
    const script = `
      import { createTrainer, datasetInfo, mlpSpec } from '#learning';
      import { renderDigit } from '#internal/learning/datasets/synthetic-digits/render-digit.js';
      import { randomStream, sha256, weightsToBytes } from '#protocol';
      const labels = Uint8Array.from({ length: 200 }, (_, i) => i % 10);
      const features = new Uint8Array(200 * 784);
      labels.forEach((label, i) => features.set(renderDigit(label, randomStream(1, 'render', i)), i * 784));
      const samples = { count: 200, inputShape: [28, 28, 1], features, scale: 1 / 255, labels };
      const trainer = await createTrainer(mlpSpec(datasetInfo('mnist'), [128, 64]), 'auto');
      const { weights, loss } = await trainer.train(trainer.init(randomStream(7, 'init')), samples, {
        epochs: 2, batchSize: 32, learningRate: 0.001, optimizer: { kind: 'adam' }, shuffle: randomStream(7, 'shuffle', 0, 1),
      });
      console.log(sha256(weightsToBytes(weights)), loss, JSON.stringify(await trainer.evaluate(weights, samples)));
    `;
    const run = () => inProcess(script);
    const [one, two] = await Promise.all([run(), run()]);
    expect(one.stdout).toMatch(/^[0-9a-f]{64} \d/);
    expect(two.stdout).toBe(one.stdout);
    expect(one.stderr).toBe('');
  });

  it('leaves no tensor behind, also when it fails', async () => {
    const trainer = await createTrainer(digits, 'auto');
    const weights = trainer.init(start());
    const run = async () => {
      await trainer.train(weights, images, options());
      await trainer.evaluate(weights, images);
      await trainer
        .train(weights, images, options({ optimizer: { kind: 'sgd' }, learningRate: 1e30 }))
        .catch(() => undefined);
    };
    await run();
    const { numTensors, numBytes } = tf.memory();
    await run();
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    expect(numTensors).toBe(0);
  });

  it('says so when the loss or the weights are no longer finite', async () => {
    const trainer = await createTrainer(digits, 'auto');
    const weights = trainer.init(start());
    const explode = { optimizer: { kind: 'sgd' }, learningRate: 1e30 } as const;
    const failed = (message: RegExp) =>
      expect.objectContaining({ code: 'TRAINING_FAILED', message: expect.stringMatching(message) });
    await expect(trainer.train(weights, images, options({ ...explode, epochs: 2 }))).rejects.toThrow(
      failed(/the loss is (NaN|Infinity) at step \d+ of 22/),
    );
    await expect(
      trainer.train(weights, images, options({ ...explode, learningRate: 1e300, batchSize: 330 })),
    ).rejects.toThrow(failed(/a weight is not finite at step 1 of 1/));
    await expect(trainer.evaluate(weights.fill(Number.NaN), images)).rejects.toThrow(
      failed(/evaluation is NaN/),
    );
  });

  it('lets the event loop turn, and stops when told to', async () => {
    const trainer = await createTrainer(digits, 'auto');
    const controller = new AbortController();
    const reason = new Error('the round is over');
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks === 3) controller.abort(reason);
    }, 10);
    let steps = 0;
    const training = trainer.train(
      trainer.init(start()),
      images,
      options({ epochs: 10_000, signal: controller.signal, onStep: () => steps++ }),
    );
    await expect(training).rejects.toBe(reason);
    clearInterval(timer);
    expect(ticks).toBeGreaterThanOrEqual(3);
    expect(steps).toBeGreaterThan(0);
    const aborted = trainer.train(
      trainer.init(start()),
      images,
      options({ signal: AbortSignal.abort(reason) }),
    );
    await expect(aborted).rejects.toBe(reason);
  });

  it('refuses weights and samples that do not fit', async () => {
    const trainer = await createTrainer(digits, 'auto');
    const weights = trainer.init(start());
    const none = { ...images, count: 0, features: new Uint8Array(0), labels: new Uint8Array(0) };
    await expect(trainer.train(weights.subarray(1), images, options())).rejects.toThrow(
      /weights for a model of/,
    );
    await expect(trainer.evaluate(weights, none)).rejects.toThrow('no samples');
    await expect(trainer.evaluate(weights, { ...images, inputShape: [784] })).rejects.toThrow(RangeError);
    trainer.dispose();
    await expect(trainer.evaluate(weights, images)).rejects.toThrow('disposed');
  });
});

describe('engines', () => {
  it('agree with each other to float32 rounding', async () => {
    const trainer = await createTrainer(digits, 'auto');
    const weights = trainer.init(start());
    const run = async () =>
      (await trainer.train(weights, images, options({ optimizer: { kind: 'sgd' } }))).weights;
    await probeEngines();
    const fast = await run();
    const backend = tf.getBackend();
    await tf.setBackend('cpu');
    const plain = await run();
    await tf.setBackend(backend);
    expect(backend).not.toBe('cpu');
    for (const [i, weight] of fast.entries()) expect(Math.abs(weight - plain[i]!)).toBeLessThan(1e-5);
  });

  it('are probed with a reason for each that does not work, the one in use afterwards', async () => {
    const probes = await probeEngines();
    expect(probes.map(({ name }) => name)).toEqual(['onnx', 'tfjs-node', 'tfjs-wasm', 'tfjs-cpu']);
    for (const { available, reason, version } of probes) {
      expect(version).toMatch(/^\d+\.\d+/);
      expect(available ? reason === undefined : reason !== '').toBe(true);
    }
    const first = probes.find(({ available }) => available);
    const trainer = await createTrainer(digits, 'auto');
    expect(trainer.engine.name).toBe(first?.name);
  });

  it('leave the process’s handlers of uncaught errors alone', async () => {
    const script = `
      import { createTrainer, datasetInfo, mlpSpec } from '#learning';
      process.on('unhandledRejection', (error) => console.log('handled', error.message));
      await createTrainer(mlpSpec(datasetInfo('mnist'), [4]), 'auto');
      Promise.reject(new Error('ours'));
      setTimeout(() => console.log(process.listenerCount('unhandledRejection'), process.listenerCount('uncaughtException')), 20);
    `;
    const { stdout } = await inProcess(script);
    expect(stdout).toBe('handled ours\n1 0\n');
  });
});

const real = realDataDir();
describe.skipIf(real === undefined)('real data', () => {
  it('mnist: an MLP reaches 95 % after one epoch', async () => {
    const dataset = await openDataset('mnist', { dataDir: real, cacheDir: await temporaryFolder() });
    const trainer = await createTrainer(mlpSpec(dataset.info, [128, 64]), 'auto');
    const samples = await dataset.readTrain(Uint32Array.from(dataset.trainLabels.keys()));
    const { weights } = await trainer.train(trainer.init(start()), samples, options());
    const { accuracy } = await trainer.evaluate(weights, await dataset.readTest());
    await dataset.close();
    expect(accuracy).toBeGreaterThanOrEqual(0.95);
  });
});
