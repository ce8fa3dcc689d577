import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { createOnnxTrainer } from '#internal/learning/onnx/onnx-trainer.js';
import { mlpSpec } from '#learning';
import { randomStream } from '#protocol';
import { layerModels } from './layer-models.js';
import { between, relativeDifference, someSamples, someWeights } from './learning-fixtures.js';

/** What is particular to this engine: the rest is in tests/contract/trainer.test.ts. */

const classes = 4;

describe('training by ONNX Runtime', () => {
  it('gives the same bits however many steps the clock lets it make at once, dropout included', async () => {
    const model = mlpSpec({ inputShape: [6], classes }, [7, 5], { dropout: 0.3 });
    const samples = someSamples([6], 200, classes);
    const train = async () => {
      const trainer = await createOnnxTrainer(model);
      const dropout = randomStream(7, 'dropout');
      const outcome = await trainer.train(trainer.init(randomStream(7, 'init')), samples, {
        epochs: 4,
        batchSize: 8,
        learningRate: 0.05,
        optimizer: { kind: 'sgd' },
        shuffle: randomStream(7, 'shuffle'),
        dropout,
      });
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

  const convolutional = Object.entries(layerModels).filter(([, { layers }]) =>
    layers.some(({ kind }) => kind === 'conv2d'),
  );

  it.each(convolutional)('evaluates %s on many samples as on a few', async (_, model) => {
    const trainer = await createOnnxTrainer(model);
    const samples = someSamples(model.inputShape, 700, classes);
    const weights = someWeights(model, trainer.layout);
    const all = await trainer.predict(weights, samples);
    // Fewer than what a graph of its own is worth.
    const parts = [between(samples, 0, 350), between(samples, 350, 700)];
    const few = await Promise.all(parts.map((part) => trainer.predict(weights, part)));
    trainer.dispose();
    expect(
      relativeDifference(
        all,
        few.flatMap((outputs) => [...outputs]),
      ),
    ).toBeLessThan(1e-5);
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
