import type { Tensor } from 'onnxruntime-node';
import { type Samples, sampleSize } from '../datasets/samples.js';
import type { EvaluationGraph } from './evaluation-graph.js';
import { featureBuffer } from './features.js';
import { sizeOf } from './operators.js';
import { floats, type GraphSession } from './session.js';

/** The forward pass of one model with given weights, a batch at a time. */
export class EvaluationPass {
  readonly #session: GraphSession<EvaluationGraph>;
  readonly #features: Uint8Array | Float32Array;
  readonly #feeds: Readonly<Record<string, Tensor>>;

  constructor(session: GraphSession<EvaluationGraph>, flat: Float32Array) {
    const { weights, featureType, featuresShape } = session.graph;
    this.#session = session;
    this.#features = featureBuffer(featureType, sizeOf(featuresShape));
    this.#feeds = {
      ...Object.fromEntries(
        weights.map(({ tensor: { offset, size }, value: { name, shape } }) => [
          name,
          session.tensor(flat.subarray(offset, offset + size), shape),
        ]),
      ),
      features: session.tensor(this.#features, featuresShape),
    };
  }

  /**
   * The model's outputs for the samples from `begin` to before `end`, at most a batch. Rows of the
   * batch behind them are computed and left out.
   */
  async run({ features, inputShape }: Samples, begin: number, end: number): Promise<Float32Array> {
    const size = sampleSize(inputShape);
    const { outputs: name, outputShape } = this.#session.graph;
    this.#features.set(features.subarray(begin * size, end * size));
    const outputs = await this.#session.run(this.#feeds);
    return floats(outputs[name]).subarray(0, (end - begin) * sizeOf(outputShape.slice(1)));
  }
}
