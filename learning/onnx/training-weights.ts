import type { Tensor } from 'onnxruntime-node';
import { sizeOf } from './operators.js';
import type { GraphSession } from './session.js';
import type { CarriedArray, TrainingGraph } from './training-graph.js';

/**
 * The weights and optimiser state of one training. Runs take them from the same memory that they leave them
 * in, which a loop over steps writes when its last step is over: memory made for each run would cost as much
 * as a step, and full garbage collections. Graphs for other batch sizes name their inputs alike.
 */
export class TrainingWeights {
  /** The weights as one flat array, in the order of the layout; further runs change it. */
  readonly flat: Float32Array;
  /** By the name of the input. */
  readonly #carried: ReadonlyMap<string, Tensor>;
  /** Inputs of the next run. */
  readonly feeds: Readonly<Record<string, Tensor>>;

  constructor(start: Float32Array, session: GraphSession<TrainingGraph>) {
    const { carried, anchors } = session.graph;
    this.flat = start.slice();
    const valuesOf = ({ start: from, shape }: CarriedArray): Float32Array =>
      typeof from === 'number'
        ? new Float32Array(sizeOf(shape)).fill(from)
        : this.flat.subarray(from.offset, from.offset + from.size);
    this.#carried = new Map(
      carried.map((array) => [array.input, session.tensor(valuesOf(array), array.shape)]),
    );
    this.feeds = Object.fromEntries([
      ...this.#carried,
      ...anchors.map(({ name, tensor: { offset, size }, shape }) => [
        name,
        session.tensor(start.subarray(offset, offset + size), shape),
      ]),
    ]);
  }

  /**
   * Where a run of a graph is to leave what it gives, but for the losses.
   * @throws RangeError for a graph with other inputs than the one before
   */
  results({ carried, losses }: TrainingGraph): Readonly<Record<string, Tensor | null>> {
    const tensorOf = (input: string): Tensor => {
      const tensor = this.#carried.get(input);
      if (tensor === undefined) throw new RangeError(`the training has no ${input}`);
      return tensor;
    };
    return Object.fromEntries([
      ...carried.map(({ input, output }) => [output, tensorOf(input)]),
      [losses, null],
    ]);
  }
}
