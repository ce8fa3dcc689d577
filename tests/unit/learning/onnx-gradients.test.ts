import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createOnnxTrainer } from '#internal/learning/onnx/onnx-trainer.js';
import {
  type Activation,
  cnnSpec,
  type LayerSpec,
  linearRegressionSpec,
  type ModelSpec,
  mlpSpec,
  mobilenetSpec,
  recurrentSpec,
  type Samples,
  weightLayout,
} from '#learning';
import { randomStream } from '#protocol';
import {
  inTrainingOrder,
  reference,
  relativeDifference,
  someSamples,
  someWeights,
} from './onnx-reference.js';

const classes = 4;
const head: LayerSpec = { kind: 'dense', units: classes, activation: 'linear' };
const classifier = (inputShape: readonly number[], ...layers: LayerSpec[]): ModelSpec => ({
  inputShape,
  layers: [...layers, head],
  loss: 'softmax-cross-entropy',
});
const conv = (change: Partial<Extract<LayerSpec, { kind: 'conv2d' }>> = {}): LayerSpec => ({
  kind: 'conv2d',
  filters: 3,
  kernelSize: 3,
  strides: 1,
  padding: 'same',
  activation: 'relu',
  ...change,
});
const depthwise = (strides: number, padding: 'same' | 'valid', useBias = true): LayerSpec => ({
  kind: 'depthwise-conv2d',
  kernelSize: 3,
  strides,
  padding,
  activation: 'linear',
  useBias,
});

beforeAll(() => tf.setBackend('cpu'));

/** The engine's gradient and loss: one step of SGD at a rate so large that the weights vanish behind it. */
async function engineStep(spec: ModelSpec, weights: Float32Array, samples: Samples) {
  const trainer = await createOnnxTrainer(spec);
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

async function expectEqualGradients(spec: ModelSpec, samples: Samples, masks: Float32Array[] = []) {
  const layout = weightLayout(spec);
  const weights = someWeights(spec, layout);
  const expected = reference(spec, weights, inTrainingOrder(samples, randomStream(7, 'shuffle')), { masks });
  const actual = await engineStep(spec, weights, samples);
  expect(relativeDifference([actual.loss], [expected.loss])).toBeLessThan(1e-5);
  for (const { name, offset, size } of layout.tensors) {
    const part = <A extends Float32Array | Float64Array>(of: A) => of.subarray(offset, offset + size);
    const own = part(expected.gradient);
    // A gradient that is zero in all places would hide errors.
    if (size > 1) expect(Math.max(...own.map(Math.abs)), name).toBeGreaterThan(1e-6);
    expect(relativeDifference(part(actual.gradient), own), name).toBeLessThan(1e-5);
  }
}

describe('gradients are those of TensorFlow.js', () => {
  const image = [7, 6, 2];
  const models: Record<string, ModelSpec> = {
    dense: classifier([3, 4], { kind: 'dense', units: 5, activation: 'tanh' }),
    mlp: mlpSpec({ inputShape: [6, 6, 1], classes }, [8, 5]),
    'logistic regression': mlpSpec({ inputShape: [9], classes }, []),
    'conv2d same': classifier(image, conv(), conv({ filters: 2 })),
    'conv2d valid': classifier(image, conv({ padding: 'valid' }), conv({ padding: 'valid', filters: 2 })),
    'conv2d stride 2': classifier(image, conv({ strides: 2 }), conv({ strides: 2, filters: 2 })),
    'conv2d stride 2 valid': classifier(image, conv(), conv({ strides: 2, padding: 'valid', filters: 2 })),
    'conv2d stride 2 of gray images': classifier([8, 7, 1], conv({ strides: 2 }), conv({ strides: 2 })),
    'conv2d valid of gray images': classifier([8, 7, 1], conv({ padding: 'valid', activation: 'tanh' })),
    'conv2d 1x1': classifier(image, conv(), conv({ kernelSize: 1, useBias: false, activation: 'linear' })),
    'conv2d 1x1 stride 2': classifier(image, conv(), conv({ kernelSize: 1, strides: 2 })),
    'conv2d even kernel': classifier(image, conv(), conv({ kernelSize: 2 })),
    'max-pool2d with ties': classifier(image, conv(), { kind: 'max-pool2d', size: 2 }),
    'max-pool2d alone': classifier(image, conv({ activation: 'tanh' }), { kind: 'max-pool2d', size: 3 }),
    'average-pool2d': classifier(image, conv(), { kind: 'average-pool2d', size: 2 }),
    'global-average-pool2d': classifier(image, conv(), { kind: 'global-average-pool2d' }),
    'depthwise-conv2d': classifier(image, conv(), depthwise(1, 'same'), depthwise(1, 'valid')),
    'depthwise-conv2d stride 2': classifier(image, conv(), depthwise(2, 'same', false)),
    'batch-norm of images': classifier(image, conv({ useBias: false }), { kind: 'batch-norm' }, conv()),
    'batch-norm of rows': classifier(
      [9],
      { kind: 'dense', units: 6, activation: 'tanh' },
      { kind: 'batch-norm', momentum: 0.9, epsilon: 1e-2 },
      { kind: 'activation', activation: 'relu' },
    ),
    residual: classifier(image, conv(), {
      kind: 'residual',
      layers: [conv({ activation: 'tanh' }), { kind: 'batch-norm' }],
    }),
    flatten: classifier(image, conv(), { kind: 'flatten' }),
    'simple-rnn': recurrentSpec({ inputShape: [5, 3], classes }, 'simple-rnn', 6),
    lstm: recurrentSpec({ inputShape: [5, 3], classes }, 'lstm', 6),
    gru: recurrentSpec({ inputShape: [5, 3], classes }, 'gru', 6),
    'recurrent layer behind others': classifier(
      [12],
      { kind: 'dense', units: 12, activation: 'tanh' },
      { kind: 'reshape', shape: [4, 3] },
      { kind: 'gru', units: 5 },
    ),
    'lstm behind others': classifier(
      [12],
      { kind: 'dense', units: 12, activation: 'tanh' },
      { kind: 'reshape', shape: [4, 3] },
      { kind: 'lstm', units: 5 },
    ),
    cnn: cnnSpec({ inputShape: [12, 12, 1], classes }, [4, 6], 8),
  };
  it.each(Object.entries(models))('%s', async (_, spec) => {
    await expectEqualGradients(spec, someSamples(spec.inputShape, 6, classes));
  });

  const activations: Activation[] = [
    'linear',
    'relu',
    'relu6',
    'tanh',
    'sigmoid',
    'hard-sigmoid',
    'gelu',
    'elu',
    'selu',
    'softplus',
  ];
  it.each(activations)('%s', async (activation) => {
    const wide: LayerSpec = { kind: 'dense', units: 40, activation };
    await expectEqualGradients(classifier([9], wide), someSamples([9], 8, classes));
  });

  it('of one sample alone', async () => {
    const spec = cnnSpec({ inputShape: [8, 8, 1], classes }, [3], 5);
    await expectEqualGradients(spec, someSamples([8, 8, 1], 1, classes));
  });

  it('mobilenet', async () => {
    const spec = mobilenetSpec({ inputShape: [8, 8, 1], classes });
    const layout = weightLayout(spec);
    const weights = someWeights(spec, layout);
    const samples = someSamples([8, 8, 1], 4, classes);
    const expected = reference(spec, weights, samples);
    const actual = await engineStep(spec, weights, samples);
    expect(relativeDifference([actual.loss], [expected.loss])).toBeLessThan(1e-5);
    // Through 26 layers rounding adds up, on both sides.
    expect(relativeDifference(actual.gradient, expected.gradient)).toBeLessThan(1e-4);
  });

  it('a squared loss', async () => {
    const spec: ModelSpec = {
      ...linearRegressionSpec({ inputShape: [7], targets: 3 }),
      layers: [
        { kind: 'dense', units: 6, activation: 'tanh' },
        { kind: 'dense', units: 3, activation: 'linear' },
      ],
    };
    const stream = randomStream(9, 'sampling');
    const targets = Float32Array.from({ length: 5 * 3 }, () => stream.normal());
    await expectEqualGradients(spec, { ...someSamples([7], 5, classes), targets });
  });

  it('dropout, by masks from its stream', async () => {
    const spec = classifier(
      [9],
      { kind: 'dense', units: 30, activation: 'relu' },
      { kind: 'dropout', rate: 0.3 },
    );
    const stream = randomStream(5, 'dropout');
    const mask = Float32Array.from({ length: 8 * 30 }, () => (stream.float() < 0.3 ? 0 : 1 / 0.7));
    await expectEqualGradients(spec, someSamples([9], 8, classes), [mask]);
  });
});

describe('evaluation', () => {
  const spec = classifier(
    [6, 6, 1],
    conv(),
    { kind: 'batch-norm' },
    { kind: 'dropout', rate: 0.5 },
    { kind: 'max-pool2d', size: 2 },
  );

  it('has the outputs, loss and accuracy of TensorFlow.js, by moving averages and without dropout', async () => {
    const samples = someSamples([6, 6, 1], 70, classes);
    const trainer = await createOnnxTrainer(spec);
    const weights = someWeights(spec, trainer.layout);
    const expected = reference(spec, weights, samples, { training: false });
    const outputs = await trainer.predict(weights, samples);
    expect(relativeDifference(outputs, expected.outputs)).toBeLessThan(1e-5);
    const { loss, accuracy } = await trainer.evaluate(weights, samples);
    expect(loss).toBeCloseTo(expected.loss, 5);
    const best = Array.from(samples.labels, (_, i) => {
      const row = expected.outputs.slice(i * classes, (i + 1) * classes);
      return row.indexOf(Math.max(...row));
    });
    const correct = best.filter((label, i) => label === samples.labels[i]).length;
    expect(accuracy).toBeCloseTo(correct / 70, 10);
    trainer.dispose();
  });
});
