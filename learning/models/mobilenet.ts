import type { LayerSpec, ModelSpec } from './model-spec.js';

/** Blocks of one width: their channels, how many, and the first one's stride. */
interface Stage {
  readonly channels: number;
  readonly blocks: number;
  readonly strides: number;
}

/** MobileNetV2 reduces 224 pixels to 7 by five strides of 2; for 28 or 32, the stem's and one more do. */
const stages: readonly Stage[] = [
  { channels: 16, blocks: 1, strides: 1 },
  { channels: 24, blocks: 2, strides: 2 },
  { channels: 32, blocks: 2, strides: 1 },
];
const expansion = 4;
const stemChannels = 16;
const headChannels = 128;

/**
 * PyTorch's momentum, not Keras's 0.99: clients make tens of steps, not thousands, and what a model is evaluated by
 * would still be the initial averages for the most part.
 */
const batchNorm: LayerSpec = { kind: 'batch-norm', momentum: 0.9 };
const relu6: LayerSpec = { kind: 'activation', activation: 'relu6' };

/** A convolution without bias, for batch normalisation has one. */
const convolution = (filters: number, kernelSize: number, strides = 1): LayerSpec[] => [
  { kind: 'conv2d', filters, kernelSize, strides, padding: 'same', activation: 'linear', useBias: false },
  batchNorm,
];

/**
 * A network of inverted residuals (Sandler et al. 2018, MobileNetV2, section 3) for images of 28 or 32
 * pixels: every block widens by a 1x1 convolution, filters each channel by itself, and narrows again
 * without an activation; where shapes allow, its input is added.
 *
 * @example mobilenetSpec(datasetInfo('fashion_mnist'))
 */
export function mobilenetSpec(data: {
  readonly inputShape: readonly number[];
  readonly classes: number;
}): ModelSpec {
  const layers: LayerSpec[] = [...convolution(stemChannels, 3, 2), relu6];
  let channels = stemChannels;
  for (const stage of stages) {
    for (let block = 0; block < stage.blocks; block++) {
      const strides = block === 0 ? stage.strides : 1;
      const inner = invertedResidual(channels, stage.channels, strides);
      if (strides === 1 && channels === stage.channels) layers.push({ kind: 'residual', layers: inner });
      else layers.push(...inner);
      channels = stage.channels;
    }
  }
  return {
    inputShape: data.inputShape,
    layers: [
      ...layers,
      ...convolution(headChannels, 1),
      relu6,
      { kind: 'global-average-pool2d' },
      { kind: 'dense', units: data.classes, activation: 'linear' },
    ],
    loss: 'softmax-cross-entropy',
  };
}

function invertedResidual(from: number, to: number, strides: number): LayerSpec[] {
  return [
    ...convolution(from * expansion, 1),
    relu6,
    {
      kind: 'depthwise-conv2d',
      kernelSize: 3,
      strides,
      padding: 'same',
      activation: 'linear',
      useBias: false,
    },
    batchNorm,
    relu6,
    ...convolution(to, 1),
  ];
}
