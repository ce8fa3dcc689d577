import type { Tensor } from 'onnxruntime-node';
import type { WeightLayout } from '../models/weight-layout.js';
import { sizeOf } from './operators.js';
import { floats, type GraphSession } from './session.js';
import type { TrainingGraph } from './training-graph.js';

/**
 * The weights and optimiser state of one training, as the tensors that one run gives and the next
 * takes. Graphs for other batch sizes name them alike.
 */
export class TrainingWeights {
  readonly #layout: WeightLayout;
  #carried: Readonly<Record<string, Tensor>>;
  readonly #anchors: Readonly<Record<string, Tensor>>;

  constructor(start: Float32Array, layout: WeightLayout, session: GraphSession<TrainingGraph>) {
    const { carried, anchors } = session.graph;
    const part = ({ offset, size }: { offset: number; size: number }, shape: readonly number[]) =>
      session.tensor(start.subarray(offset, offset + size), shape);
    this.#layout = layout;
    this.#carried = Object.fromEntries(
      carried.map(({ input, start: from, shape }) => [
        input,
        typeof from === 'number'
          ? session.tensor(new Float32Array(sizeOf(shape)).fill(from), shape)
          : part(from, shape),
      ]),
    );
    this.#anchors = Object.fromEntries(anchors.map(({ name, tensor, shape }) => [name, part(tensor, shape)]));
  }

  /** Inputs of the next run. */
  get feeds(): Readonly<Record<string, Tensor>> {
    return { ...this.#carried, ...this.#anchors };
  }

  /** Takes the outputs of a run. */
  update({ carried }: TrainingGraph, outputs: Readonly<Record<string, Tensor>>): void {
    this.#carried = Object.fromEntries(
      carried.map(({ input, output }) => {
        const tensor = outputs[output];
        if (tensor === undefined) throw new RangeError(`the run gave no ${output}`);
        return [input, tensor];
      }),
    );
  }

  /** The weights as one flat array, in the order of the layout. */
  flatten({ carried }: TrainingGraph): Float32Array {
    const flat = new Float32Array(this.#layout.parameterCount);
    for (const { input, start } of carried) {
      if (typeof start !== 'number') flat.set(floats(this.#carried[input]), start.offset);
    }
    return flat;
  }
}
