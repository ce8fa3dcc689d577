import type { Graph, Value } from '../graph.js';
import { concat, reshape } from '../operators.js';
import { type Field, seen, takePositions } from './taps.js';

/** Fields that do not overlap, `size` to a side, of images [batch, height, width, channels]. */
export class Fields {
  readonly outputShape: readonly number[];
  readonly #graph: Graph;
  readonly #shape: readonly number[];
  readonly #field: Field;
  readonly #taps: number;

  constructor(graph: Graph, shape: readonly number[], size: number) {
    const [batch = 0, height = 0, width = 0, channels = 0] = shape;
    this.outputShape = [batch, Math.floor(height / size), Math.floor(width / size), channels];
    this.#graph = graph;
    this.#shape = shape;
    this.#field = { height, width, window: { kernelSize: size, strides: size, padding: 'valid' } };
    this.#taps = size ** 2;
  }

  /** The values at each place within the fields, row by row: [batch, fields, channels] each. */
  take(image: Value): Value[] {
    const [batch = 0, height = 0, width = 0, channels = 0] = this.#shape;
    const flat = reshape(this.#graph, image, [batch, height * width, channels]);
    const indices = seen(this.#field);
    return Array.from({ length: this.#taps }, (_, place) =>
      takePositions(
        this.#graph,
        flat,
        indices.filter((__, i) => i % this.#taps === place),
      ),
    );
  }

  /** Puts values back to where `take` took them from; what it left at the edges is zero. */
  put(places: readonly Value[]): Value {
    const [, height = 0, width = 0] = this.#shape;
    const fields = places[0]?.shape[1] ?? 0;
    const from = new Array<number>(height * width).fill(fields * this.#taps);
    for (const [i, input] of seen(this.#field).entries()) {
      from[input] = (i % this.#taps) * fields + Math.floor(i / this.#taps);
    }
    const joined = concat(this.#graph, places, 1);
    return reshape(this.#graph, takePositions(this.#graph, joined, from), this.#shape);
  }
}
