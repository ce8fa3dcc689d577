/** Stochastic gradient descent. Momentum 0 is none. */
export interface SgdSpec {
  readonly kind: 'sgd';
  readonly momentum?: number;
  readonly nesterov?: boolean;
}

export interface AdamSpec {
  readonly kind: 'adam';
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Adam whose weight decay is decoupled from the gradient. */
export interface AdamWSpec extends Omit<AdamSpec, 'kind'> {
  readonly kind: 'adamw';
}

export interface RmsPropSpec {
  readonly kind: 'rmsprop';
  /** Share of the old mean square that stays at each step. */
  readonly rho?: number;
  readonly momentum?: number;
  readonly epsilon?: number;
}

export interface AdagradSpec {
  readonly kind: 'adagrad';
  /** What the sums of squares start with. */
  readonly initialSum?: number;
}

/** An optimiser and its numbers; those left out are the defaults of TensorFlow.js. */
export type OptimizerSpec = SgdSpec | AdamSpec | AdamWSpec | RmsPropSpec | AdagradSpec;
