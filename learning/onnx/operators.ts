import type { Graph, Value } from './graph.js';

/** Values in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Shape of an element-wise result: sides of 1 stretch (NumPy's broadcasting). */
function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) throw new RangeError(`shapes ${a} and ${b} do not fit`);
    return Math.max(left, right);
  });
}

const elementWise =
  (operator: string) =>
  (graph: Graph, a: Value, b: Value): Value =>
    graph.node(operator, [a, b], broadcast(a.shape, b.shape));

const unary =
  (operator: string) =>
  (graph: Graph, x: Value): Value =>
    graph.node(operator, [x], x.shape);

export const add = elementWise('Add');
export const sub = elementWise('Sub');
export const mul = elementWise('Mul');
export const div = elementWise('Div');
export const exp = unary('Exp');
export const sqrt = unary('Sqrt');

/** x times a number. */
export function scale(graph: Graph, x: Value, factor: number): Value {
  return mul(graph, x, graph.scalar(factor));
}

/**
 * x and a number times y, of x's shape: in one pass over memory instead of two, by an operator of ONNX
 * Runtime's own that takes a factor for each row.
 * @param factor a number, or a value of shape [1]
 */
export function addScaled(graph: Graph, x: Value, y: Value, factor: number | Value): Value {
  if (x.shape.length === 0 || x.shape.join() !== y.shape.join()) {
    throw new RangeError(`${y.shape} cannot be added to ${x.shape}, row by row`);
  }
  return graph.node('com.microsoft.GatedAdd', [x, y, eachRow(graph, x, factor)], x.shape);
}

/** The same number for each row of x. */
function eachRow(graph: Graph, x: Value, value: number | Value): Value {
  const shape = [...x.shape.slice(0, -1), 1];
  if (typeof value === 'number') {
    return graph.constant(new Float32Array(sizeOf(shape)).fill(value), shape);
  }
  return graph.node('Expand', [value, graph.integers(shape)], shape);
}

/** 1 - x. */
export function complement(graph: Graph, x: Value): Value {
  return sub(graph, graph.scalar(1), x);
}

interface GemmOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Added to the product; a row is added to every row. */
  readonly plus?: Value;
}

function matrixSides({ shape: [rows = 0, columns = 0] }: Value, transposed: boolean): [number, number] {
  return transposed ? [columns, rows] : [rows, columns];
}

/** The matrix product of two matrices, transposed first where told. */
export function gemm(graph: Graph, a: Value, b: Value, options: GemmOptions = {}): Value {
  const { transposeA = false, transposeB = false, plus } = options;
  const [rows, inner] = matrixSides(a, transposeA);
  const [innerB, columns] = matrixSides(b, transposeB);
  if (a.shape.length !== 2 || b.shape.length !== 2 || inner !== innerB) {
    throw new RangeError(`matrices ${a.shape} and ${b.shape} do not fit`);
  }
  const { factor: ofA = 1, ...left } = a;
  const { factor: ofB = 1, ...right } = b;
  return graph.node('Gemm', plus === undefined ? [left, right] : [left, right, plus], [rows, columns], {
    transA: Number(transposeA),
    transB: Number(transposeB),
    alpha: { float: ofA * ofB },
  });
}

/** What is to be added to a tensor, a gradient for one: as a value, or added by the operation that makes it. */
export interface Addend {
  value(graph: Graph): Value;
  addTo(graph: Graph, x: Value): Value;
}

/** A matrix product that a matrix may be added to in the same operation. */
export function product(a: Value, b: Value, options: Omit<GemmOptions, 'plus'> = {}): Addend {
  return {
    value: (graph) => gemm(graph, a, b, options),
    addTo: (graph, x) => gemm(graph, a, b, { ...options, plus: x }),
  };
}

/** The sums of a matrix's columns, a row: a product with ones, to which a row is added at no cost. */
export function columnSums(graph: Graph, x: Value): Addend {
  const [rows = 0] = x.shape;
  const ones = graph.constant(new Float32Array(rows).fill(1), [1, rows]);
  return {
    value: () => reduceSum(graph, x, [0], true),
    addTo: (_, row) => gemm(graph, ones, x, { plus: row }),
  };
}

/** The sum of some, each added to those before it. */
export function sum(parts: readonly Addend[]): Addend {
  const [first, ...others] = parts;
  if (first === undefined) throw new RangeError('nothing to add');
  return {
    value: (graph) => others.reduce((total, part) => part.addTo(graph, total), first.value(graph)),
    addTo: (graph, x) => parts.reduce((total, part) => part.addTo(graph, total), x),
  };
}

/** A value to be added. */
export function addend(x: Value): Addend {
  return { value: () => x, addTo: (graph, to) => add(graph, to, x) };
}

/** The same values in another shape of the same size; the shape of a shape is made of the original. */
export function reshape(graph: Graph, x: Value, shape: readonly number[]): Value {
  const origin = x.origin ?? x;
  for (const known of [x, origin]) if (known.shape.join() === shape.join()) return known;
  if (sizeOf(x.shape) !== sizeOf(shape)) throw new RangeError(`${x.shape} cannot take the shape ${shape}`);
  const { factor, ...plain } = origin;
  const reshaped = { ...graph.node('Reshape', [plain, graph.integers(shape)], shape), origin };
  return factor === undefined ? reshaped : { ...reshaped, factor };
}

/**
 * The same tensor with its values multiplied, where they are still to be. That is done in the original
 * shape: ONNX Runtime is slow where a tensor whose last side is 1 meets a scalar.
 */
export function settle(graph: Graph, x: Value): Value {
  const { factor, ...source } = x.origin ?? x;
  return factor === undefined ? x : reshape(graph, scale(graph, source, factor), x.shape);
}

/** Swaps axes: axis i of the result is axis `order[i]` of x. */
export function transpose(graph: Graph, x: Value, order: readonly number[]): Value {
  return graph.node(
    'Transpose',
    [x],
    order.map((axis) => x.shape[axis] ?? 0),
    { perm: order },
  );
}

const reduction =
  (operator: string) =>
  (graph: Graph, x: Value, axes: readonly number[], keepSides = false): Value => {
    const shape = keepSides
      ? x.shape.map((side, axis) => (axes.includes(axis) ? 1 : side))
      : x.shape.filter((_, axis) => !axes.includes(axis));
    return graph.node(operator, [x, graph.integers(axes)], shape, { keepdims: Number(keepSides) });
  };

/** The sum, or mean, over some axes, which go unless `keepSides`. */
export const reduceSum = reduction('ReduceSum');
export const reduceMean = reduction('ReduceMean');

function withSide(shape: readonly number[], axis: number, side: number): number[] {
  return shape.map((own, i) => (i === axis ? side : own));
}

/** Cuts a tensor into equal parts along an axis. */
export function split(graph: Graph, x: Value, parts: number, axis: number): Value[] {
  const side = (x.shape[axis] ?? 0) / parts;
  const shapes = new Array<number[]>(parts).fill(withSide(x.shape, axis, side));
  return graph.nodes('Split', [x], shapes, { axis, num_outputs: parts });
}

/** Cuts a tensor along its first axis, into parts of these sides. */
export function splitInto(graph: Graph, x: Value, sizes: readonly number[]): Value[] {
  const shapes = sizes.map((size) => withSide(x.shape, 0, size));
  return graph.nodes('Split', [x, graph.integers(sizes)], shapes, { axis: 0 });
}

/** A vector several times in a row. */
export function tile(graph: Graph, vector: Value, times: number): Value {
  if (times === 1) return vector;
  return graph.node('Tile', [vector, graph.integers([times])], [times * sizeOf(vector.shape)]);
}

/** One item of a sequence, by its index, a scalar. */
export function item(graph: Graph, sequence: Value, index: Value): Value {
  return graph.node('Gather', [sequence, index], sequence.shape, { axis: 0 });
}

/** Rows of a matrix, or items along a first axis, by their indices [n]. */
export function rows(graph: Graph, matrix: Value, indices: Value): Value {
  const shape = [...indices.shape, ...matrix.shape.slice(1)];
  return graph.node('Gather', [matrix, indices], shape, { axis: 0 });
}

/** A tensor with its first axis in reverse. */
export function reversed(graph: Graph, x: Value): Value {
  const [side = 0] = x.shape;
  return rows(graph, x, graph.integers(Array.from({ length: side }, (_, i) => side - 1 - i)));
}

/** Columns of a matrix, from one to before another. */
export function columns(graph: Graph, matrix: Value, from: number, to: number): Value {
  const bounds = [graph.integers([from]), graph.integers([to]), graph.integers([1])];
  return graph.node('Slice', [matrix, ...bounds], [matrix.shape[0] ?? 0, to - from]);
}

/** Joins tensors that differ only along an axis. */
export function concat(graph: Graph, parts: readonly Value[], axis: number): Value {
  const [first] = parts;
  if (first === undefined) throw new RangeError('nothing to join');
  const side = parts.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
  return graph.node('Concat', parts, withSide(first.shape, axis, side), { axis });
}
