export type Activation = 'linear' | 'relu';

/** A fully connected layer: activation(x W + b). Flattens an input of more dimensions. */
export interface DenseLayer {
  readonly kind: 'dense';
  readonly units: number;
  readonly activation: Activation;
}

/** Any layer. A further kind is a further member here, with its file for weights and each engine's. */
export type LayerSpec = DenseLayer;

/** A model without its weights, understood by every training engine. */
export interface ModelSpec {
  /** Shape of one sample. */
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerSpec[];
  /** The last layer gives logits; the loss is their softmax cross-entropy with the class. */
  readonly loss: 'softmax-cross-entropy';
}
