import { outputSide, paddingBefore } from '../../models/window.js';
import type { Graph, Value } from '../graph.js';
import { concat, reshape } from '../operators.js';
import type { Field, Grid } from './taps.js';

/**
 * What a window sees of gray images, tap by tap: a line of the matrix is the padded images cut out,
 * shifted by the tap. Positions that are further apart share the lines of their taps.
 */
export class TapLines {
  readonly #graph: Graph;
  readonly #field: Field;
  readonly #padded: Value;
  readonly #lines = new Map<string, Value>();

  constructor(graph: Graph, input: Value, field: Field) {
    const { height, width, window } = field;
    const { kernelSize, strides } = window;
    const [batch = 0] = input.shape;
    const sides = [height, width].map((side) => {
      const before = paddingBefore(side, window);
      const needed = Math.max(side + before, (outputSide(side, window) - 1) * strides + kernelSize);
      return { before, after: needed - side - before, needed };
    });
    this.#graph = graph;
    this.#field = field;
    this.#padded = graph.node(
      'Pad',
      [
        reshape(graph, input, [batch, height, width]),
        graph.integers([0, ...sides.map(({ before }) => before), 0, ...sides.map(({ after }) => after)]),
      ],
      [batch, ...sides.map(({ needed }) => needed)],
    );
  }

  /** [taps, batch * positions]. */
  matrix({ row, column, step, rows, columns }: Grid): Value {
    const { kernelSize, strides } = this.#field.window;
    const lines: Value[] = [];
    for (let i = 0; i < kernelSize; i++) {
      for (let j = 0; j < kernelSize; j++) {
        lines.push(this.#line([row * strides + i, column * strides + j], [rows, columns], strides * step));
      }
    }
    return concat(this.#graph, lines, 0);
  }

  #line(from: readonly [number, number], [rows, columns]: readonly [number, number], step: number): Value {
    const graph = this.#graph;
    const key = `${from} ${rows} ${columns} ${step}`;
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const [batch = 0] = this.#padded.shape;
    const ends = [from[0] + (rows - 1) * step + 1, from[1] + (columns - 1) * step + 1];
    const bounds = [from, ends, [1, 2], [step, step]].map((values) => graph.integers(values));
    const cut = graph.node('Slice', [this.#padded, ...bounds], [batch, rows, columns]);
    const line = reshape(graph, cut, [1, batch * rows * columns]);
    this.#lines.set(key, line);
    return line;
  }
}
