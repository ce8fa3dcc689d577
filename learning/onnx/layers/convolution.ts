import type { Conv2dLayer } from '../../models/model-spec.js';
import { outputSide, paddingBefore } from '../../models/window.js';
import type { Value } from '../graph.js';
import {
  type Addend,
  addend,
  columnSums,
  gemm,
  product,
  reshape,
  reversed,
  sizeOf,
  sum,
  transpose,
} from '../operators.js';
import { convolveBlocks } from './blocked-convolution.js';
import type { LayerContext } from './layer.js';
import { TapLines } from './tap-lines.js';
import { type Field, type Grid, seen, seers, takePositions } from './taps.js';

/** What a window sees at some positions, as a matrix [positions, taps * channels], or its transpose. */
export interface Windows {
  readonly matrix: Value;
  readonly transposed: boolean;
}

/**
 * A convolution as matrix products. With X the rows of what the window sees and d the gradient behind:
 * y = X W + b, dW = X^T d, db = sum of d; dx is the same with the roles of input and output exchanged,
 * rows of d where each input is seen, times W with channels and filters exchanged.
 */
export class Convolution {
  /** All positions of the window. */
  readonly grid: Grid;
  readonly filters: number;
  readonly #context: LayerContext;
  readonly #input: Value;
  readonly #field: Field;
  readonly #channels: number;
  readonly #taps: number;
  readonly #kernel: Value;
  readonly #bias: { readonly plus?: Value };
  readonly #lines: TapLines | undefined;

  constructor(context: LayerContext, layer: Conv2dLayer, input: Value) {
    const [, height = 0, width = 0, channels = 0] = input.shape;
    const { filters, useBias = true } = layer;
    this.grid = {
      row: 0,
      column: 0,
      step: 1,
      rows: outputSide(height, layer),
      columns: outputSide(width, layer),
    };
    this.filters = filters;
    this.#context = context;
    this.#input = input;
    this.#field = { height, width, window: layer };
    this.#channels = channels;
    this.#taps = layer.kernelSize ** 2;
    this.#kernel = context.weight('kernel', [this.#taps * channels, filters]);
    this.#bias = useBias ? { plus: context.weight('bias', [1, filters]) } : {};
    // A gray image has single numbers to copy for a row; whole lines are copied for the transpose.
    const gray = channels === 1 && this.#taps > 1;
    this.#lines = gray ? new TapLines(context.graph, input, this.#field) : undefined;
  }

  windows(grid: Grid): Windows {
    const { graph, batch } = this.#context;
    if (this.#lines !== undefined) return { matrix: this.#lines.matrix(grid), transposed: true };
    const image = this.#flat(this.#input, this.#channels);
    // A window of one input at every position is the image itself.
    const isImage = this.#isPointwise && grid === this.grid;
    const rows = isImage ? image : takePositions(graph, image, seen(this.#field, grid));
    const positions = batch * grid.rows * grid.columns;
    return { matrix: reshape(graph, rows, [positions, this.#taps * this.#channels]), transposed: false };
  }

  /** y [positions, filters]. */
  forward({ matrix, transposed }: Windows): Value {
    return gemm(this.#context.graph, matrix, this.#kernel, { ...this.#bias, transposeA: transposed });
  }

  /** Says the gradients of kernel and bias, sums over what was seen in parts. */
  backward(parts: readonly { readonly windows: Windows; readonly d: Value }[]): void {
    this.#context.gradient('kernel', this.#kernelGradient(parts));
    if (this.#bias.plus === undefined) return;
    this.#context.gradient('bias', sum(parts.map(({ d }) => columnSums(this.#context.graph, d))));
  }

  /** ONNX Runtime copies a matrix to transpose it, so of windows and gradients the smaller one is. */
  #kernelGradient(parts: readonly { readonly windows: Windows; readonly d: Value }[]): Addend {
    const products = parts.map(({ windows: { matrix, transposed }, d }) =>
      transposed || matrix.shape[1] === undefined || matrix.shape[1] <= this.filters
        ? { exchanged: false, part: product(matrix, d, { transposeA: !transposed }) }
        : { exchanged: true, part: product(d, matrix, { transposeA: true }) },
    );
    const total = sum(products.map(({ part }) => part));
    if (!products[0]?.exchanged) return total;
    const { graph } = this.#context;
    return addend(transpose(graph, total.value(graph), [1, 0]));
  }

  /**
   * The gradient before.
   * @param d gradients behind [batch, positions, filters], in any order of positions
   * @param at where a position, by its index in the grid, is in d; undefined where nothing came back
   */
  before(d: Value, at: (position: number) => number | undefined): Value {
    const { graph } = this.#context;
    const shape = this.#input.shape;
    const [taps, channels, filters] = [this.#taps, this.#channels, this.filters];
    const inputs = sizeOf(shape) / channels;
    const none = d.shape[1] ?? 0;
    const inOrder = (): Value => {
      const order = Array.from({ length: this.grid.rows * this.grid.columns }, (_, i) => at(i) ?? none);
      return order.every((from, to) => from === to) ? d : takePositions(graph, d, order);
    };
    if (this.#isPointwise) {
      const rows = reshape(graph, inOrder(), [inputs, filters]);
      return reshape(graph, gemm(graph, rows, this.#kernel, { transposeB: true }), shape);
    }
    const block = this.#context.channelBlock;
    const isWhole = block !== undefined && channels % block === 0 && filters % block === 0;
    if (isWhole && this.#field.window.strides === 1) {
      const { rows, columns } = this.grid;
      const image = reshape(graph, inOrder(), [this.#context.batch, rows, columns, filters]);
      return this.#beforeByBlocks(image, block);
    }
    const rows = takePositions(
      graph,
      d,
      seers(this.#field).map((position) => at(position) ?? none),
    );
    const exchanged = transpose(graph, reshape(graph, this.#kernel, [taps, channels, filters]), [0, 2, 1]);
    const dx = gemm(
      graph,
      reshape(graph, rows, [inputs, taps * filters]),
      reshape(graph, exchanged, [taps * filters, channels]),
    );
    return reshape(graph, dx, shape);
  }

  /**
   * The gradient before as a convolution, its taps in reverse: what a position gave to another, it gets
   * from there.
   * @param d gradients behind [batch, rows, columns, filters]
   */
  #beforeByBlocks(d: Value, block: number): Value {
    const { graph } = this.#context;
    const { height, width, window } = this.#field;
    const { kernelSize } = window;
    const [channels, filters] = [this.#channels, this.filters];
    const blocks = [this.#taps, channels / block, block, filters / block, block];
    const taps = reversed(graph, reshape(graph, this.#kernel, blocks));
    const weights = transpose(graph, taps, [1, 3, 0, 4, 2]);
    const [vertical, horizontal] = [
      { side: height, behind: this.grid.rows },
      { side: width, behind: this.grid.columns },
    ].map(({ side, behind }) => {
      const before = kernelSize - 1 - paddingBefore(side, window);
      return { before, after: side + kernelSize - 1 - behind - before };
    });
    if (vertical === undefined || horizontal === undefined) throw new RangeError('an image has two sides');
    return convolveBlocks(graph, d, [reshape(graph, weights, [channels, filters, kernelSize, kernelSize])], {
      kernelSize,
      strides: 1,
      pads: [vertical.before, horizontal.before, vertical.after, horizontal.after],
      sides: [height, width],
    });
  }

  /** Whether every output sees just the input at its own position. */
  get #isPointwise(): boolean {
    return this.#taps === 1 && this.#field.window.strides === 1;
  }

  #flat(image: Value, channels: number): Value {
    const { graph, batch } = this.#context;
    return reshape(graph, image, [batch, sizeOf(image.shape) / batch / channels, channels]);
  }
}
