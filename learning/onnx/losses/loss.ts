import type { ModelSpec } from '../../models/model-spec.js';
import type { Graph, Value } from '../graph.js';
import { meanSquaredError } from './mean-squared-error.js';
import { softmaxCrossEntropy } from './softmax-cross-entropy.js';

/** A loss of a batch of outputs [batch, outputs] with their targets, of the same shape. */
export interface LossGraph {
  /** The losses' sum over the batch, a scalar, and its gradient by the outputs. */
  build(graph: Graph, outputs: Value, targets: Value): { readonly loss: Value; readonly gradient: Value };
}

/** Every loss; a further one is a further file and a further line here. */
export const losses: Readonly<Record<ModelSpec['loss'], LossGraph>> = {
  'softmax-cross-entropy': softmaxCrossEntropy,
  'mean-squared-error': meanSquaredError,
};
