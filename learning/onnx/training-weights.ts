import type { Tensor } from 'onnxruntime-node';
import { sizeOf } from './operators.js';
import { floats, type GraphSession } from './session.js';
import type { CarriedArray, TrainingGraph } from './training-graph.js';

/** An array of the training and, over the same memory, the tensor that a run takes. */
interface Held {
  readonly values: Float32Array;
  readonly tensor: Tensor;
}

/**
 * The weights and optimiser state of one training. What a run gives is copied to memory that stays:
 * held on to, it would outlive V8's young generation and cost a full garbage collection every few runs.
 * Graphs for other batch sizes name their inputs alike.
 */
export class TrainingWeights {
  /** The weights as one flat array, in the order of the layout; further runs change it. */
  readonly flat: Float32Array;
  readonly #held: ReadonlyMap<string, Held>;
  /** Inputs of the next run. */
  readonly feeds: Readonly<Record<string, Tensor>>;

  constructor(start: Float32Array, session: GraphSession<TrainingGraph>) {
    const { carried, anchors } = session.graph;
    this.flat = start.slice();
    const hold = ({ start: from, shape }: CarriedArray): Held => {
      const values =
        typeof from === 'number'
          ? new Float32Array(sizeOf(shape)).fill(from)
          : this.flat.subarray(from.offset, from.offset + from.size);
      return { values, tensor: session.tensor(values, shape) };
    };
    this.#held = new Map(carried.map((array) => [array.input, hold(array)]));
    this.feeds = Object.fromEntries([
      ...[...this.#held].map(([input, { tensor }]) => [input, tensor]),
      ...anchors.map(({ name, tensor: { offset, size }, shape }) => [
        name,
        session.tensor(start.subarray(offset, offset + size), shape),
      ]),
    ]);
  }

  /** Takes the outputs of a run. */
  update({ carried }: TrainingGraph, outputs: Readonly<Record<string, Tensor>>): void {
    for (const { input, output } of carried) this.#held.get(input)?.values.set(floats(outputs[output]));
  }
}
