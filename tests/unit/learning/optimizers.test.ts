import { describe, expect, it } from 'vitest';
import { createTrainer, type ModelSpec, mlpSpec, type TrainOptions, weightLayout } from '#learning';
import { randomStream } from '#protocol';
import { trainInFloat64 } from './float64-training.js';
import { relativeDifference, someSamples, someWeights } from './learning-fixtures.js';

const classes = 4;
/** 3 epochs of 3 batches, the last of each smaller. */
const options = (change: Partial<TrainOptions>): TrainOptions => ({
  epochs: 3,
  batchSize: 8,
  learningRate: 0.05,
  optimizer: { kind: 'sgd' },
  shuffle: randomStream(7, 'shuffle'),
  ...change,
});

const cases: Record<string, Partial<TrainOptions>> = {
  sgd: {},
  momentum: { optimizer: { kind: 'sgd', momentum: 0.9 } },
  'momentum by Nesterov': { optimizer: { kind: 'sgd', momentum: 0.8, nesterov: true } },
  adam: { optimizer: { kind: 'adam' } },
  'adam with other numbers': { optimizer: { kind: 'adam', beta1: 0.8, beta2: 0.95, epsilon: 1e-3 } },
  adamw: { optimizer: { kind: 'adamw' }, weightDecay: 0.1 },
  rmsprop: { optimizer: { kind: 'rmsprop' } },
  'rmsprop with momentum': { optimizer: { kind: 'rmsprop', rho: 0.8, momentum: 0.5 } },
  adagrad: { optimizer: { kind: 'adagrad' } },
  'adagrad with another start': { optimizer: { kind: 'adagrad', initialSum: 1 } },
  'weight decay': { weightDecay: 0.2 },
  'weight decay of adam': { optimizer: { kind: 'adam' }, weightDecay: 0.2 },
  'clipping of long gradients': { clipNorm: 0.05 },
  'no clipping of short gradients': { clipNorm: 1e6 },
  'a proximal term': { proximalMu: 3 },
  'a proximal term with adam': { optimizer: { kind: 'adam' }, proximalMu: 3 },
  'all of them': { weightDecay: 0.2, clipNorm: 0.1, proximalMu: 3 },
  'all of them with adamw': { optimizer: { kind: 'adamw' }, weightDecay: 0.2, clipNorm: 0.1, proximalMu: 3 },
};

/** Whether a training gives the weights that the papers' rules give. */
async function expectPapers(
  spec: ModelSpec,
  engine: 'onnx' | 'tfjs',
  change: Partial<TrainOptions>,
): Promise<void> {
  const samples = someSamples(spec.inputShape, 21, classes);
  const start = someWeights(spec, weightLayout(spec));
  const trainer = await createTrainer(spec, engine);
  const { weights } = await trainer.train(start, samples, options(change));
  trainer.dispose();
  const expected = trainInFloat64(spec, start, samples, options(change));
  expect(relativeDifference(weights, expected)).toBeLessThan(1e-5);
  expect(relativeDifference(weights, start)).toBeGreaterThan(1e-3);
}

describe.each(['onnx', 'tfjs'] as const)('by %s', (engine) => {
  it.each(Object.entries(cases))('%s moves weights as the papers say', (_, change) =>
    expectPapers(mlpSpec({ inputShape: [6], classes }, [5]), engine, change),
  );
});

describe('weights that the graph holds transposed', () => {
  it.each(['adam', 'all of them'])('are moved by %s as the papers say', (name) =>
    expectPapers(mlpSpec({ inputShape: [260], classes }, []), 'onnx', cases[name] ?? {}),
  );
});
