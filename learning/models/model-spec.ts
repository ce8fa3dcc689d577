import type { Window } from './window.js';

export type Activation =
  | 'linear'
  | 'relu'
  | 'relu6'
  | 'tanh'
  | 'sigmoid'
  | 'hard-sigmoid'
  | 'gelu'
  | 'elu'
  | 'selu'
  | 'softplus';

/** A fully connected layer: activation(x W + b). Flattens an input of more dimensions. */
export interface DenseLayer {
  readonly kind: 'dense';
  readonly units: number;
  readonly activation: Activation;
}

/** Makes one row of a sample, in the order of its dimensions. */
export interface FlattenLayer {
  readonly kind: 'flatten';
}

/** The same values in another shape of a sample. */
export interface ReshapeLayer {
  readonly kind: 'reshape';
  readonly shape: readonly number[];
}

export interface ActivationLayer {
  readonly kind: 'activation';
  readonly activation: Activation;
}

/** A convolution over [height, width, channels]. */
export interface Conv2dLayer extends Window {
  readonly kind: 'conv2d';
  readonly filters: number;
  readonly activation: Activation;
  /** True where left out. */
  readonly useBias?: boolean;
}

/** A convolution of every channel by itself. */
export interface DepthwiseConv2dLayer extends Window {
  readonly kind: 'depthwise-conv2d';
  readonly activation: Activation;
  /** True where left out. */
  readonly useBias?: boolean;
}

/** The largest value of every `size` x `size` field; fields do not overlap. */
export interface MaxPool2dLayer {
  readonly kind: 'max-pool2d';
  readonly size: number;
}

/** The mean of every `size` x `size` field; fields do not overlap. */
export interface AveragePool2dLayer {
  readonly kind: 'average-pool2d';
  readonly size: number;
}

/** The mean of every channel. */
export interface GlobalAveragePool2dLayer {
  readonly kind: 'global-average-pool2d';
}

/**
 * Batch normalisation over the last dimension (Ioffe & Szegedy 2015): by the batch's statistics in
 * training, by their moving averages, which are weights too, in evaluation.
 */
export interface BatchNormLayer {
  readonly kind: 'batch-norm';
  /** Share of a moving average that stays at each step; 0.99 where left out. */
  readonly momentum?: number;
  /** 0.001 where left out. */
  readonly epsilon?: number;
}

/** In training, sets values to 0 with probability `rate` and divides the others by 1 - `rate`. */
export interface DropoutLayer {
  readonly kind: 'dropout';
  readonly rate: number;
}

/** A recurrent layer over [time, features] that gives its last output: tanh(x W + h U + b). */
export interface SimpleRnnLayer {
  readonly kind: 'simple-rnn';
  readonly units: number;
}

/** Long short-term memory (Hochreiter & Schmidhuber 1997, with forget gates); gates in order i, f, c, o. */
export interface LstmLayer {
  readonly kind: 'lstm';
  readonly units: number;
}

/**
 * A gated recurrent unit (Cho et al. 2014), the reset gate before the product as in TensorFlow.js;
 * gates in order z, r, h.
 */
export interface GruLayer {
  readonly kind: 'gru';
  readonly units: number;
}

/** Layers whose output is added to their input (He et al. 2016). */
export interface ResidualLayer {
  readonly kind: 'residual';
  readonly layers: readonly LayerSpec[];
}

/** Any layer. A further kind is a further member here, with its file for weights and each engine's. */
export type LayerSpec =
  | DenseLayer
  | FlattenLayer
  | ReshapeLayer
  | ActivationLayer
  | Conv2dLayer
  | DepthwiseConv2dLayer
  | MaxPool2dLayer
  | AveragePool2dLayer
  | GlobalAveragePool2dLayer
  | BatchNormLayer
  | DropoutLayer
  | SimpleRnnLayer
  | LstmLayer
  | GruLayer
  | ResidualLayer;

/** A model without its weights, understood by every training engine. */
export interface ModelSpec {
  /** Shape of one sample. */
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerSpec[];
  /**
   * Either the last layer gives logits, and the loss is their softmax cross-entropy with the class; or
   * it gives values, and the loss is the mean of their squared differences from the targets.
   */
  readonly loss: 'softmax-cross-entropy' | 'mean-squared-error';
}
