import { describe, expect, it } from 'vitest';
import {
  createTrainer,
  mlpSpec,
  type Samples,
  type Trainer,
  type TrainOptions,
  trainWithEarlyStopping,
} from '#learning';
import { randomStream } from '#protocol';
import { someSamples } from './learning-fixtures.js';

const inputShape = [4, 4, 1];
const spec = mlpSpec({ inputShape, classes: 3 }, [8]);
const options = (epochs: number): TrainOptions => ({
  epochs,
  batchSize: 16,
  learningRate: 0.01,
  optimizer: { kind: 'adam' },
  shuffle: randomStream(7, 'shuffle'),
});
const holdOut = () => randomStream(7, 'held-out');

/** A trainer that writes down what it is given and found. */
function watched(trainer: Trainer) {
  const seen: { trained: Samples[]; judged: { samples: Samples; weights: Float32Array; loss: number }[] } = {
    trained: [],
    judged: [],
  };
  const proxy: Trainer = {
    engine: trainer.engine,
    layout: trainer.layout,
    init: (stream) => trainer.init(stream),
    train: (weights, samples, training) => {
      seen.trained.push(samples);
      return trainer.train(weights, samples, training);
    },
    evaluate: async (weights, samples) => {
      const evaluation = await trainer.evaluate(weights, samples);
      seen.judged.push({ samples, weights: weights.slice(), loss: evaluation.loss });
      return evaluation;
    },
    predict: (weights, samples) => trainer.predict(weights, samples),
    serve: (weights, samples) => trainer.serve(weights, samples),
    dispose: () => trainer.dispose(),
  };
  return { proxy, seen };
}

/** Pixels of a sample and its label, as one text. */
const textsOf = ({ features, labels, count }: Samples): string[] =>
  Array.from({ length: count }, (_, i) => `${features.subarray(i * 16, (i + 1) * 16)} ${labels[i]}`);

describe('early stopping', () => {
  it('ends after as many epochs without a lower loss as its patience, with the best epoch’s weights', async () => {
    const trainer = await createTrainer(spec, 'onnx');
    const { proxy, seen } = watched(trainer);
    // Labels by chance: what is learnt of them soon makes the held-out loss rise.
    const samples = someSamples(inputShape, 60, 3);
    const start = trainer.init(randomStream(7, 'init'));
    const early = { patience: 3, holdOut: holdOut() };
    const outcome = await trainWithEarlyStopping(proxy, start, samples, options(200), early);
    const losses = seen.judged.map(({ loss }) => loss);
    const best = losses.indexOf(Math.min(...losses));
    expect(losses.length).toBeLessThan(200);
    expect(losses).toHaveLength(best + 1 + 3);
    expect(outcome.epochs).toBe(losses.length);
    expect(outcome.steps).toBe(losses.length * Math.ceil(54 / 16));
    expect(outcome.weights).toEqual(seen.judged[best]!.weights);
    expect(outcome.weights).not.toEqual(seen.judged.at(-1)!.weights);
    trainer.dispose();
  });

  it('gives the bits of plain training on the same samples where the loss never stops falling', async () => {
    const trainer = await createTrainer(spec, 'onnx');
    const { proxy, seen } = watched(trainer);
    // One class: the more it is learnt, the lower the loss.
    const samples = { ...someSamples(inputShape, 60, 3), labels: new Uint8Array(60).fill(1) };
    const start = trainer.init(randomStream(7, 'init'));
    const early = { patience: 1, holdOut: holdOut() };
    const outcome = await trainWithEarlyStopping(proxy, start, samples, options(5), early);
    const plain = await trainer.train(start, seen.trained[0]!, options(5));
    expect(outcome).toEqual(plain);
    expect(outcome.epochs).toBe(5);
    trainer.dispose();
  });

  it.each([
    [60, 6],
    [14, 1],
    [4, 1],
    [2, 1],
  ])(
    'holds out of %i samples %i, the same for the same stream, and trains on the others',
    async (count, held) => {
      const trainer = await createTrainer(spec, 'onnx');
      const { proxy, seen } = watched(trainer);
      const samples = someSamples(inputShape, count, 3);
      const start = trainer.init(randomStream(7, 'init'));
      for (let i = 0; i < 2; i++) {
        const early = { patience: 1, holdOut: holdOut() };
        await trainWithEarlyStopping(proxy, start, samples, options(1), early);
      }
      const [train, again] = seen.trained;
      expect(again).toEqual(train);
      const judged = seen.judged[0]!.samples;
      expect(judged.count).toBe(held);
      expect([...textsOf(train!), ...textsOf(judged)].sort()).toEqual(textsOf(samples).sort());
      trainer.dispose();
    },
  );

  it('trains on a single sample for all epochs, and refuses none', async () => {
    const trainer = await createTrainer(spec, 'onnx');
    const start = trainer.init(randomStream(7, 'init'));
    const early = { patience: 1, holdOut: holdOut() };
    const run = (count: number) =>
      trainWithEarlyStopping(trainer, start, someSamples(inputShape, count, 3), options(4), early);
    expect(await run(1)).toMatchObject({ epochs: 4, samples: 1 });
    await expect(run(0)).rejects.toThrow('no samples');
    trainer.dispose();
  });
});
