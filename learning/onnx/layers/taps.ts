import { outputSide, paddingBefore, type Window } from '../../models/window.js';
import type { Graph, Value } from '../graph.js';
import { concat } from '../operators.js';

/** An image that a window moves over. */
export interface Field {
  readonly height: number;
  readonly width: number;
  readonly window: Window;
}

/** Positions of a window: `rows` x `columns` of them, `step` apart, from one on. */
export interface Grid {
  readonly row: number;
  readonly column: number;
  readonly step: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * What a window sees: for every position of a grid, all where there is none, and every tap of the kernel
 * the index of the input position, or the number of input positions where that is outside.
 */
export function seen({ height, width, window }: Field, grid?: Grid): number[] {
  const { kernelSize, strides } = window;
  const [top, left] = [paddingBefore(height, window), paddingBefore(width, window)];
  const indices: number[] = [];
  const { rows, columns, step } = grid ?? {
    rows: outputSide(height, window),
    columns: outputSide(width, window),
    step: 1,
  };
  const [firstRow, firstColumn] = [grid?.row ?? 0, grid?.column ?? 0];
  for (let row = firstRow; row < firstRow + rows * step; row += step) {
    for (let column = firstColumn; column < firstColumn + columns * step; column += step) {
      for (let i = 0; i < kernelSize; i++) {
        for (let j = 0; j < kernelSize; j++) {
          const [y, x] = [row * strides + i - top, column * strides + j - left];
          const inside = y >= 0 && y < height && x >= 0 && x < width;
          indices.push(inside ? y * width + x : height * width);
        }
      }
    }
  }
  return indices;
}

/**
 * Who sees: for every input position and every tap the index of the output position that sees it by
 * that tap, or the number of output positions where none does.
 */
export function seers(field: Field): number[] {
  const { height, width, window } = field;
  const taps = window.kernelSize ** 2;
  const outputs = outputSide(height, window) * outputSide(width, window);
  const indices = new Array<number>(height * width * taps).fill(outputs);
  for (const [at, input] of seen(field).entries()) {
    if (input < height * width) indices[input * taps + (at % taps)] = Math.floor(at / taps);
  }
  return indices;
}

/**
 * Takes positions from every sample of x [batch, positions, channels], by their indices; the index
 * behind the last gives zeros. The result is [batch, indices, channels].
 */
export function takePositions(graph: Graph, x: Value, indices: readonly number[]): Value {
  const [batch = 0, positions = 0, channels = 0] = x.shape;
  const zeros = graph.constant(new Float32Array(batch * channels), [batch, 1, channels]);
  const from = indices.includes(positions) ? concat(graph, [x, zeros], 1) : x;
  const shape = [batch, indices.length, channels];
  return graph.node('Gather', [from, graph.integers(indices)], shape, { axis: 1 });
}
