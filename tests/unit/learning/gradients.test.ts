// Registers the backend `cpu`; the engine loads it only where no faster one works.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTrainer, type ModelSpec, type Samples, type WeightLayout, weightLayout } from '#learning';
import { randomStream } from '#protocol';
import { gradientInFloat64 } from './float64-gradient.js';
import { runInFloat64 } from './float64-model.js';
import { activationModels, classes, evaluationModel, layerModels } from './layer-models.js';
import { inTrainingOrder, relativeDifference, someSamples, someWeights } from './learning-fixtures.js';

/**
 * An engine's gradient and loss: one step of SGD at a rate so large that the weights vanish behind it.
 * For moving averages, what they are after the step.
 */
async function engineStep(
  engine: 'onnx' | 'tfjs',
  spec: ModelSpec,
  weights: Float32Array,
  samples: Samples,
): Promise<{ gradient: Float64Array; loss: number }> {
  const trainer = await createTrainer(spec, engine);
  const rate = 2 ** 14;
  const { weights: moved, loss } = await trainer.train(weights, samples, {
    epochs: 1,
    batchSize: samples.count,
    learningRate: rate,
    optimizer: { kind: 'sgd' },
    shuffle: randomStream(7, 'shuffle'),
    dropout: randomStream(5, 'dropout'),
  });
  trainer.dispose();
  const gradient = Float64Array.from(moved, (weight, i) => (weights[i]! - weight) / rate);
  for (const { trainable, offset, size } of trainer.layout.tensors) {
    if (trainable === false) gradient.set(moved.subarray(offset, offset + size), offset);
  }
  return { gradient, loss };
}

/** The same step on TensorFlow.js's plain JavaScript: what its kernels should compute. */
async function onPlainTfjs<T>(work: () => Promise<T>): Promise<T> {
  const backend = tf.getBackend();
  await tf.setBackend('cpu');
  try {
    return await work();
  } finally {
    await tf.setBackend(backend);
  }
}

/** Random samples with what the model's loss takes. */
function samplesFor({ inputShape, loss }: ModelSpec, count: number): Samples {
  const samples = someSamples(inputShape, count, classes);
  if (loss === 'softmax-cross-entropy') return samples;
  const stream = randomStream(9, 'sampling');
  return { ...samples, targets: Float32Array.from({ length: count * 3 }, () => stream.normal()) };
}

beforeAll(async () => {
  await createTrainer(layerModels.dense!, 'tfjs');
});

/**
 * The largest difference in each tensor's gradient, relative to the tensor's largest, or to a hundredth
 * of the model's largest where that is more: gradients that cancel out to zero have no digits to compare.
 *
 * @param expected by the index of the weight, of some weights or all
 * @param whole a gradient of all weights, to know how large each tensor's is
 */
function tensorDifferences(
  { tensors }: WeightLayout,
  actual: Float64Array,
  expected: ReadonlyMap<number, number>,
  whole: Float64Array,
): Map<string, number> {
  const largest = (values: Iterable<number>) =>
    [...values].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const largestIn = ({ offset, size }: { offset: number; size: number }) =>
    largest(whole.subarray(offset, offset + size));
  const trained = tensors.filter(({ trainable }) => trainable !== false);
  const floor = largest(trained.map(largestIn)) / 100;
  expect(floor).toBeGreaterThan(1e-6);
  return new Map(
    tensors.map((tensor) => {
      const { name, offset, size } = tensor;
      const own = [...expected].filter(([i]) => i >= offset && i < offset + size);
      const difference = largest(own.map(([i, value]) => actual[i]! - value));
      return [name, difference / Math.max(floor, largestIn(tensor))];
    }),
  );
}

describe.each([...Object.entries(layerModels), ...Object.entries(activationModels)])(
  'gradients of %s',
  (_, spec) => {
    const layout = weightLayout(spec);
    const weights = someWeights(spec, layout);
    const samples = samplesFor(spec, 6);
    const ordered = inTrainingOrder(samples, randomStream(7, 'shuffle'));

    it('by ONNX Runtime are those of TensorFlow.js', async () => {
      const actual = await engineStep('onnx', spec, weights, samples);
      const expected = await onPlainTfjs(() => engineStep('tfjs', spec, weights, samples));
      expect(relativeDifference([actual.loss], [expected.loss])).toBeLessThan(1e-5);
      const all = new Map(expected.gradient.entries());
      const differences = tensorDifferences(layout, actual.gradient, all, expected.gradient);
      for (const [tensor, difference] of differences) expect(difference, tensor).toBeLessThan(1e-5);
    });

    it('by each engine are the central differences of the loss in float64', async () => {
      const expected = gradientInFloat64(spec, weights, ordered, {
        dropout: () => randomStream(5, 'dropout'),
        most: 120,
      });
      const engines = {
        onnx: await engineStep('onnx', spec, weights, samples),
        'tfjs-wasm': await engineStep('tfjs', spec, weights, samples),
        'tfjs-cpu': await onPlainTfjs(() => engineStep('tfjs', spec, weights, samples)),
      };
      for (const [engine, actual] of Object.entries(engines)) {
        expect(relativeDifference([actual.loss], [expected.loss]), engine).toBeLessThan(1e-5);
        const whole = engines['tfjs-cpu'].gradient;
        const differences = tensorDifferences(layout, actual.gradient, expected.gradient, whole);
        for (const [tensor, difference] of differences) {
          expect(difference, `${tensor} by ${engine}`).toBeLessThan(1e-5);
        }
      }
    });
  },
);

describe('evaluation', () => {
  const layout = weightLayout(evaluationModel);
  const weights = someWeights(evaluationModel, layout);
  // More than a batch of each engine.
  const samples = someSamples(evaluationModel.inputShape, 260, classes);
  const { loss: expectedLoss, outputs } = runInFloat64(
    evaluationModel,
    (name) => {
      const { offset = 0, size = 0 } = layout.tensors.find((tensor) => tensor.name === name) ?? {};
      return Float64Array.from(weights.subarray(offset, offset + size));
    },
    samples,
    { training: false },
  );

  it.each(['onnx', 'tfjs'] as const)('by %s has moving averages and no dropout', async (engine) => {
    const trainer = await createTrainer(evaluationModel, engine);
    const predicted = await trainer.predict(weights, samples);
    expect(
      relativeDifference(
        predicted,
        outputs.flatMap((row) => [...row]),
      ),
    ).toBeLessThan(1e-5);
    const { loss, accuracy } = await trainer.evaluate(weights, samples);
    expect(relativeDifference([loss], [expectedLoss])).toBeLessThan(1e-5);
    const correct = outputs.filter((row, i) => row.indexOf(Math.max(...row)) === samples.labels[i]).length;
    expect(accuracy).toBeCloseTo(correct / 260, 10);
    trainer.dispose();
  });
});
