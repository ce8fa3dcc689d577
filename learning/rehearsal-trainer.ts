import type { Samples } from './datasets/samples.js';
import { evaluateOutputs, type OutputBatch } from './metrics/evaluate-outputs.js';
import { initWeights } from './models/init-weights.js';
import { isNetwork, type Model } from './models/model.js';
import type { ModelSpec } from './models/model-spec.js';
import { weightLayout } from './models/weight-layout.js';
import { compileEvaluation } from './onnx/evaluation-graph.js';
import { featureTypeOf } from './onnx/features.js';
import { compileTraining } from './onnx/training-graph.js';
import type { Trainer } from './trainer.js';

/**
 * A trainer that writes the graphs of a training and of an evaluation but has nothing to run them: its
 * weights never move and its outputs are zeros. For rehearsals, where only the code counts that is gone
 * through.
 * @throws TypeError for a family without graphs
 */
export function rehearsalTrainer(model: Model): Trainer {
  if (!isNetwork(model)) throw new TypeError(`there is no rehearsal of ${model.kind}`);
  const spec: ModelSpec = model;
  const layout = weightLayout(spec);
  const formatOf = (samples: Samples, batch: number) => ({
    batch,
    featureType: featureTypeOf(samples),
    scale: samples.scale,
  });
  async function* forward(samples: Samples): AsyncGenerator<OutputBatch> {
    compileEvaluation(spec, formatOf(samples, samples.count));
    yield { begin: 0, end: samples.count, outputs: new Float32Array(samples.count * layout.outputs) };
  }
  return {
    engine: { name: 'rehearsal', version: '' },
    layout,
    init: (stream) => initWeights(spec, stream),
    async train(
      weights,
      samples,
      { batchSize, optimizer, weightDecay = 0, proximalMu = 0, clipNorm, shuffle },
    ) {
      compileTraining(spec, {
        ...formatOf(samples, batchSize),
        optimizer,
        weightDecay,
        proximalMu,
        clipNorm,
      });
      shuffle.shuffle(Int32Array.from({ length: samples.count }, (_, i) => i));
      return { weights: weights.slice(), loss: 0, steps: 1, epochs: 1, samples: samples.count };
    },
    evaluate: (_, samples) => evaluateOutputs(spec.loss, samples, forward(samples)),
    predict: async (_, samples) => new Float32Array(samples.count * layout.outputs),
    serve: async () => ({ predict: async () => new Float32Array(layout.outputs), close: () => undefined }),
    dispose: () => undefined,
  };
}
