import type { Tensor } from 'onnxruntime-node';
import { type Samples, sampleSize } from '../datasets/samples.js';
import { sizeOf } from './operators.js';
import type { GraphSession } from './session.js';
import type { TrainingGraph } from './training-graph.js';

/** The samples of one training as a graph's inputs: it takes the rows of its batches from them itself. */
export type TrainingSamples = Readonly<Record<'features' | 'targets', Tensor>>;

/**
 * Features as they are, not copied; targets are one-hot for classes.
 * @throws RangeError for a class that the model has no output for
 */
export function trainingSamples(samples: Samples, session: GraphSession<TrainingGraph>): TrainingSamples {
  const { count, features, inputShape } = samples;
  const { targetShape } = session.graph;
  const size = sampleSize(inputShape);
  return {
    features: session.tensor(features.subarray(0, count * size), [count, size]),
    targets: session.tensor(targetsOf(samples, sizeOf(targetShape)), [count, ...targetShape]),
  };
}

function targetsOf({ count, labels, targets }: Samples, outputs: number): Float32Array {
  if (targets !== undefined) return targets;
  const oneHot = new Float32Array(count * outputs);
  for (let row = 0; row < count; row++) {
    const label = labels[row] ?? Number.NaN;
    if (!(label < outputs)) throw new RangeError(`class ${label} for a model of ${outputs} outputs`);
    oneHot[row * outputs + label] = 1;
  }
  return oneHot;
}
