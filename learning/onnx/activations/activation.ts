import type { Activation } from '../../models/model-spec.js';
import type { Graph, Value } from '../graph.js';
import { elu } from './elu.js';
import { gelu } from './gelu.js';
import { hardSigmoid } from './hard-sigmoid.js';
import { linear } from './linear.js';
import { relu } from './relu.js';
import { relu6 } from './relu6.js';
import { selu } from './selu.js';
import { sigmoid } from './sigmoid.js';
import { softplus } from './softplus.js';
import { tanh } from './tanh.js';

/** An element-wise function y = f(x) and its gradient. */
export interface ActivationGraph {
  forward(graph: Graph, x: Value): Value;
  /** The gradient before the function, given the one behind it. */
  backward(graph: Graph, pass: { readonly x: Value; readonly y: Value }, gradient: Value): Value;
}

/** Every activation; a further one is a further file and a further line here. */
export const activations: Readonly<Record<Activation, ActivationGraph>> = {
  linear,
  relu,
  relu6,
  tanh,
  sigmoid,
  'hard-sigmoid': hardSigmoid,
  gelu,
  elu,
  selu,
  softplus,
};
