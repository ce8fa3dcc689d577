import type { OptimizerSpec } from '../../optimizers/optimizer-spec.js';
import type { Graph, Value } from '../graph.js';
import type { Addend } from '../operators.js';
import { adagrad } from './adagrad.js';
import { adam, adamW } from './adam.js';
import { rmsProp } from './rmsprop.js';
import { momentum, sgd } from './sgd.js';

/** One tensor at one step. */
export interface UpdateInput {
  readonly weights: Value;
  /** Of the objective, with its penalties; already a move, -rate * g, for who takes moves. */
  readonly gradient: Addend;
  /** The tensor's own state, in the order of the optimiser's. */
  readonly state: readonly Value[];
  /** The optimiser's numbers at this step, by name. */
  readonly scalars: Readonly<Record<string, Value>>;
}

export interface UpdateResult {
  readonly weights: Value;
  readonly state: readonly Value[];
}

/** An optimiser in a graph. */
export interface OptimizerGraph {
  /** What each array of its state starts with; each is as large as the weights. */
  readonly initialState: readonly number[];
  /** Names of the numbers that change from step to step. */
  readonly scalarNames: readonly string[];
  /** Those numbers at a step, counted from 1. */
  scalars(step: number, learningRate: number): readonly number[];
  /**
   * Its gradients are to come multiplied by -rate: that costs nothing at the loss, where they begin,
   * and a pass over all weights here.
   */
  readonly takesMoves?: true;
  /** Weight decay is its own affair, with the factor given to `update`, and not a part of the gradient. */
  readonly decoupledDecay?: true;
  update(graph: Graph, input: UpdateInput, decay: number): UpdateResult;
}

/** Every optimiser; a further one is a further file and a further case here. */
export function optimizerGraph(spec: OptimizerSpec): OptimizerGraph {
  switch (spec.kind) {
    case 'sgd':
      return spec.momentum === undefined || spec.momentum === 0 ? sgd : momentum(spec);
    case 'adam':
      return adam(spec);
    case 'adamw':
      return adamW(spec);
    case 'rmsprop':
      return rmsProp(spec);
    case 'adagrad':
      return adagrad(spec);
  }
}
