import type { Graph, Value } from '../graph.js';
import { addend, concat, gemm, product, reshape, split, splitInto, sum, transpose } from '../operators.js';
import type { LayerContext } from './layer.js';

/** Times whose gradients are multiplied in one product: those of more leave the cache before it. */
const timesAtOnce = 7;

/**
 * What recurrent layers share. A sample is a column here: the gates of a time then lie behind one another
 * in memory, and of their product's two sides it is the smaller that ONNX Runtime has to rearrange. What
 * enters at a time is one matrix, the state above the time's features above ones, so that one product
 * brings in both kernels and the bias, and one behind the recurrence gives the gradients of all three.
 */
export class Sequence {
  readonly times: number;
  /** The recurrent kernel [units, columns]. */
  readonly recurrent: Value;
  /** Recurrent kernel, kernel and bias side by side, a gate's unit a row: [columns, units + features + 1]. */
  readonly weights: Value;
  /** Features and a 1 at each time: [features + 1, batch]. */
  readonly inputs: readonly Value[];
  readonly #context: LayerContext;
  readonly #units: number;
  readonly #kernel: Value;

  /** @param columns gates times units */
  constructor(context: LayerContext, input: Value, units: number, columns: number) {
    const { graph, batch } = context;
    const [, times = 0, features = 0] = input.shape;
    this.times = times;
    this.#context = context;
    this.#units = units;
    this.#kernel = context.weight('kernel', [features, columns]);
    this.recurrent = context.weight('recurrent_kernel', [units, columns]);
    const bias = context.weight('bias', [1, columns]);
    const rows = units + features + 1;
    const joined = concat(graph, [this.recurrent, this.#kernel, bias], 0);
    // Of three axes, because ONNX Runtime would have every product turn a matrix that is only transposed.
    const turned = transpose(graph, reshape(graph, joined, [rows, columns, 1]), [1, 0, 2]);
    this.weights = reshape(graph, turned, [columns, rows]);
    const ones = graph.constant(new Float32Array(times * batch).fill(1), [times, 1, batch]);
    const lines = concat(graph, [transpose(graph, input, [1, 2, 0]), ones], 1);
    this.inputs = split(graph, reshape(graph, lines, [times * (features + 1), batch]), times, 0);
  }

  /** Zeros [units, batch], which the recurrence begins with. */
  zeros(): Value {
    const { graph, batch } = this.#context;
    return graph.constant(new Float32Array(this.#units * batch), [this.#units, batch]);
  }

  /** What enters at a time, [units + features + 1, batch], by the state and `inputs` of the time. */
  enter(state: Value, input: Value): Value {
    return concat(this.#context.graph, [state, input], 0);
  }

  /** The last state as the layer's output [batch, units], or the output's gradient as the state's. */
  turn(x: Value): Value {
    return transpose(this.#context.graph, x, [1, 0]);
  }

  /** The gradient of `weights`, turned, by what entered at each time and the gates' gradients there. */
  ofWeights(entered: readonly Value[], gates: readonly Value[]): Value {
    const { graph } = this.#context;
    const parts = runsOf(timesAtOnce, entered.length).map(({ begin, end }) => {
      const [left, right] = [entered.slice(begin, end), gates.slice(begin, end)];
      return product(concat(graph, left, 1), concat(graph, right, 1), { transposeB: true });
    });
    return sum(parts).value(graph);
  }

  /**
   * Says what the gradients of the tensors are.
   * @param gradient what `ofWeights` gives, of all columns: [units + features + 1, columns]
   * @param gates gives the gradients at each time before the gates' functions: [columns, batch]
   * @returns what appends the gradient of the input
   */
  learn(gradient: Value, gates: () => readonly Value[]): () => Value {
    const { graph, batch, gradient: say } = this.#context;
    const [features = 0] = this.#kernel.shape;
    const parts = splitInto(graph, gradient, [this.#units, features, 1]);
    for (const [i, name] of ['recurrent_kernel', 'kernel', 'bias'].entries()) {
      say(name, addend(parts[i] ?? gradient));
    }
    return () => {
      const lines = gemm(graph, this.#kernel, concat(graph, gates(), 1));
      return transpose(graph, reshape(graph, lines, [features, this.times, batch]), [2, 1, 0]);
    };
  }
}

/** Runs of at most `length` that cover 0 to `end`, the last first, as the way back comes to them. */
function runsOf(length: number, end: number): { readonly begin: number; readonly end: number }[] {
  if (end <= 0) return [];
  const begin = Math.max(0, end - length);
  return [{ begin, end }, ...runsOf(length, begin)];
}

/** Values of all times, one above the other. */
export function stack(graph: Graph, values: readonly Value[]): Value {
  return concat(graph, values, 0);
}
