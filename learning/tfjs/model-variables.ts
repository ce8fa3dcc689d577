import * as tf from '@tensorflow/tfjs-core';
import type { PlacedTensor, WeightLayout } from '../models/weight-layout.js';
import { floats } from './floats.js';

/** A model's weights as variables of TensorFlow.js, outside of its scopes: `dispose` frees them. */
export class ModelVariables {
  readonly #layout: WeightLayout;
  readonly #byName: ReadonlyMap<string, tf.Variable>;

  /** @param flat the weights in the order of the layout; they are copied */
  constructor(layout: WeightLayout, flat: Float32Array) {
    this.#layout = layout;
    this.#byName = new Map(
      layout.tensors.map(({ name, shape, offset, size, trainable = true }) => {
        const values = tf.tensor(flat.slice(offset, offset + size), [...shape]);
        const variable = tf.variable(values, trainable);
        values.dispose();
        return [name, variable];
      }),
    );
  }

  /** The variables that training moves. */
  get trained(): TrainedVariable[] {
    return this.#layout.tensors
      .filter(({ trainable = true }) => trainable)
      .map((tensor) => ({ tensor, variable: this.get(tensor.name) }));
  }

  /** One by its name in the layout. @throws RangeError for a name that there is not */
  get(name: string): tf.Variable {
    const variable = this.#byName.get(name);
    if (variable === undefined) throw new RangeError(`the model has no tensor ${name}`);
    return variable;
  }

  /** All as one flat array, in the order of the layout. */
  flatten(): Float32Array {
    const flat = new Float32Array(this.#layout.parameterCount);
    for (const { name, offset } of this.#layout.tensors) flat.set(floats(this.get(name)), offset);
    return flat;
  }

  dispose(): void {
    tf.dispose([...this.#byName.values()]);
  }
}

export interface TrainedVariable {
  readonly tensor: PlacedTensor;
  readonly variable: tf.Variable;
}
