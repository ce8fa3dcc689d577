import type { ModelSpec } from '../models/model-spec.js';
import { Graph } from './graph.js';
import { type BatchFormat, buildModel, type FeatureType, type TensorValue } from './model-builder.js';
import { sizeOf } from './operators.js';

/** A forward pass. Inputs: the weights where they are not fixed, and `features`, of their type [batch, values of a sample]. */
export interface EvaluationGraph {
  readonly bytes: Uint8Array;
  readonly weights: readonly TensorValue[];
  readonly featureType: FeatureType;
  readonly featuresShape: readonly number[];
  readonly outputShape: readonly number[];
  /** Name of the output with the model's outputs. */
  readonly outputs: string;
}

/**
 * Compiles a model to its forward pass alone, as it is after training.
 * @param fixed weights that the graph is for; it then has no inputs for them
 */
export function compileEvaluation(
  spec: ModelSpec,
  format: BatchFormat,
  fixed?: Float32Array,
): EvaluationGraph {
  const graph = new Graph('v');
  const featuresShape = [format.batch, sizeOf(spec.inputShape)];
  const { output, weights } = buildModel(spec, {
    ...format,
    graph,
    features: graph.input('features', featuresShape, format.featureType),
    training: false,
    fixed,
    mask: () => {
      throw new RangeError('only training drops values out');
    },
  });
  const outputs = graph.output(output);
  return {
    bytes: graph.encode(),
    weights,
    featureType: format.featureType,
    featuresShape,
    outputShape: output.shape,
    outputs,
  };
}
