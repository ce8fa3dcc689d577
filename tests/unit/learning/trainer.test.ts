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

describe('engines', () => {
  it('leave no tensor of TensorFlow.js behind, also when they fail', async () => {
    const trainer = await createTrainer(digits, 'tfjs');
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
