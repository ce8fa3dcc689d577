import {
  type Activation,
  cnnSpec,
  type LayerSpec,
  type ModelSpec,
  mlpSpec,
  mobilenetSpec,
  recurrentSpec,
} from '#learning';

/** Small models, one or more for every kind of layer. */
export const classes = 4;

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

const image = [7, 6, 2];

export const layerModels: Readonly<Record<string, ModelSpec>> = {
  dense: classifier([3, 4], { kind: 'dense', units: 5, activation: 'tanh' }),
  mlp: mlpSpec({ inputShape: [6, 6, 1], classes }, [8, 5]),
  'logistic regression': mlpSpec({ inputShape: [9], classes }, []),
  'few units of many inputs': classifier(
    [5],
    { kind: 'dense', units: 260, activation: 'relu' },
    { kind: 'dense', units: 3, activation: 'gelu' },
  ),
  'few units of many inputs in a residual': classifier([260], {
    kind: 'residual',
    layers: [
      { kind: 'dense', units: 3, activation: 'tanh' },
      { kind: 'dense', units: 260, activation: 'linear' },
    ],
  }),
  'conv2d same': classifier(image, conv(), conv({ filters: 2 })),
  'conv2d valid': classifier(image, conv({ padding: 'valid' }), conv({ padding: 'valid', filters: 2 })),
  'conv2d stride 2': classifier(image, conv({ strides: 2 }), conv({ strides: 2, filters: 2 })),
  'conv2d stride 2 valid': classifier(image, conv(), conv({ strides: 2, padding: 'valid', filters: 2 })),
  'conv2d stride 2 of gray images': classifier([8, 7, 1], conv({ strides: 2 }), conv({ strides: 2 })),
  'conv2d valid of gray images': classifier([8, 7, 1], conv({ padding: 'valid', activation: 'tanh' })),
  'conv2d 1x1': classifier(image, conv(), conv({ kernelSize: 1, useBias: false, activation: 'linear' })),
  'conv2d 1x1 stride 2': classifier(image, conv(), conv({ kernelSize: 1, strides: 2 })),
  'conv2d 1x1 before max-pooling': classifier(image, conv(), conv({ kernelSize: 1, filters: 4 }), {
    kind: 'max-pool2d',
    size: 2,
  }),
  'conv2d even kernel': classifier(image, conv(), conv({ kernelSize: 2 })),
  'conv2d of blocks of channels': classifier(
    [4, 5, 2],
    conv({ filters: 16 }),
    conv({ filters: 16 }),
    conv({ filters: 16, kernelSize: 2 }),
    conv({ filters: 16, padding: 'valid' }),
  ),
  'pooled conv2d of blocks of channels': classifier(
    [5, 4, 2],
    conv({ filters: 16 }),
    conv({ filters: 16, padding: 'valid' }),
    { kind: 'max-pool2d', size: 2 },
  ),
  'max-pool2d with ties': classifier(image, conv(), { kind: 'max-pool2d', size: 2 }),
  'max-pool2d alone': classifier(image, conv({ activation: 'tanh' }), { kind: 'max-pool2d', size: 3 }),
  'average-pool2d': classifier(image, conv(), { kind: 'average-pool2d', size: 2 }),
  'global-average-pool2d': classifier(image, conv(), { kind: 'global-average-pool2d' }),
  'depthwise-conv2d': classifier(image, conv(), depthwise(1, 'same'), depthwise(1, 'valid')),
  'depthwise-conv2d stride 2': classifier(image, conv(), depthwise(2, 'same', false)),
  'depthwise-conv2d of blocks of channels': classifier(
    [5, 4, 2],
    conv({ filters: 16 }),
    depthwise(1, 'valid', false),
    depthwise(1, 'same'),
    depthwise(2, 'same'),
  ),
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
  'lstm of a single time': recurrentSpec({ inputShape: [1, 3], classes }, 'lstm', 6),
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
  'simple-rnn behind others': classifier(
    [12],
    { kind: 'dense', units: 12, activation: 'tanh' },
    { kind: 'reshape', shape: [4, 3] },
    { kind: 'simple-rnn', units: 5 },
  ),
  cnn: cnnSpec({ inputShape: [12, 12, 1], classes }, [4, 6], 8),
  mobilenet: mobilenetSpec({ inputShape: [8, 8, 1], classes }),
  dropout: classifier([9], { kind: 'dense', units: 30, activation: 'relu' }, { kind: 'dropout', rate: 0.3 }),
  'dropout inside of a residual': classifier(image, conv(), {
    kind: 'residual',
    layers: [conv(), { kind: 'dropout', rate: 0.5 }],
  }),
  'a squared loss': {
    inputShape: [7],
    layers: [
      { kind: 'dense', units: 6, activation: 'tanh' },
      { kind: 'dense', units: 3, activation: 'linear' },
    ],
    loss: 'mean-squared-error',
  },
};

const activations: readonly Activation[] = [
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

export const activationModels: Readonly<Record<string, ModelSpec>> = Object.fromEntries(
  activations.map((activation) => [activation, classifier([9], { kind: 'dense', units: 40, activation })]),
);

/** What evaluation does otherwise than training. */
export const evaluationModel = classifier(
  [6, 6, 1],
  conv(),
  { kind: 'batch-norm' },
  { kind: 'dropout', rate: 0.5 },
  { kind: 'max-pool2d', size: 2 },
);
