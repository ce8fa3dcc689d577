import type { Graph, Value } from '../graph.js';
import { addend, concat, gemm, reshape, splitInto, transpose } from '../operators.js';
import type { LayerContext } from './layer.js';

type Named<K extends string> = Readonly<Record<K, Value>>;

/** What one time results in: the states behind it, and what the way back needs of it. */
interface Moment<S extends string, K extends string> {
  readonly states: Named<S>;
  readonly kept: Named<K>;
}

/** What the way forward results in. */
interface Forward<S extends string, K extends string> {
  /** [batch, units] */
  readonly output: Value;
  readonly states: readonly S[];
  /** What was kept of all times, where the graph is one that trains. */
  readonly kept: Named<K>;
}

/** Of gates that the same enters: what that is, and the gradient before their functions [columns, batch]. */
interface GateGradient {
  readonly entered: Value;
  readonly gradient: Value;
}

/** What one time results in on the way back: the gradients of the states before it and of the gates. */
interface MomentBack<S extends string> {
  readonly states: Named<S>;
  /** In the order of the weights' columns. */
  readonly gates: readonly GateGradient[];
}

/**
 * What recurrent layers share. A sample is a column here: the gates of a time then lie behind one another
 * in memory, and of their product's two sides it is the smaller that ONNX Runtime has to rearrange. What
 * enters at a time is one matrix, the state above the time's features above ones, so that one product
 * brings in both kernels and the bias, and one on the way back gives the gradients of all three.
 *
 * The times are the items of a loop in the graph, and not each a copy of its nodes: what is kept for the way
 * back is then computed while its parts are in the cache, where ONNX Runtime would leave it until the way
 * back comes to it, and what runs a node stays in the cache from time to time.
 */
export class Sequence {
  /** The recurrent kernel [units, columns]. */
  readonly recurrent: Value;
  /** Recurrent kernel, kernel and bias side by side, a gate's unit a row: [columns, units + features + 1]. */
  readonly weights: Value;
  readonly #context: LayerContext;
  readonly #kernel: Value;
  /** Features and a 1 at each time: [times, features + 1, batch]. */
  readonly #lines: Value;
  /** What states begin with: [units, batch]. */
  readonly #zeros: Value;

  /** @param columns gates times units */
  constructor(context: LayerContext, input: Value, units: number, columns: number) {
    const { graph, batch } = context;
    const [, times = 0, features = 0] = input.shape;
    this.#context = context;
    this.#kernel = context.weight('kernel', [features, columns]);
    this.recurrent = context.weight('recurrent_kernel', [units, columns]);
    const bias = context.weight('bias', [1, columns]);
    const rows = units + features + 1;
    const joined = concat(graph, [this.recurrent, this.#kernel, bias], 0);
    // Of three axes, because ONNX Runtime would have every product turn a matrix that is only transposed.
    const turned = transpose(graph, reshape(graph, joined, [rows, columns, 1]), [1, 0, 2]);
    this.weights = reshape(graph, turned, [columns, rows]);
    const ones = graph.constant(new Float32Array(times * batch).fill(1), [times, 1, batch]);
    this.#lines = concat(graph, [transpose(graph, input, [1, 2, 0]), ones], 1);
    this.#zeros = zeros(graph, [units, batch]);
  }

  /**
   * Appends the way forward.
   * @param states names of the states, [units, batch] each; the first is the layer's output
   * @param step appends one time, given the states before it and its features above ones
   */
  forward<S extends string, K extends string>(
    states: readonly S[],
    step: (body: Graph, states: Named<S>, line: Value) => Moment<S, K>,
  ): Forward<S, K> {
    const { graph, training } = this.#context;
    const names: K[] = [];
    const { carried, collected } = graph.scan(
      states.map(() => this.#zeros),
      [this.#lines],
      (body, before, [line = this.#lines]) => {
        const { states: behind, kept } = step(body, named(states, before), line);
        if (training) names.push(...namesOf(kept));
        return { carried: valuesOf(states, behind), collected: valuesOf(names, kept) };
      },
    );
    const output = transpose(graph, carried[0] ?? this.#zeros, [1, 0]);
    return { output, states, kept: named(names, collected) };
  }

  /**
   * Appends the way back, and says what the gradients of the tensors are.
   * @param gradient of the output; those of other states are zeros behind the last time
   * @param widths how many of the weights' columns each of the step's `gates` is for
   * @param step appends one time, given the gradients of the states behind it and what was kept of it
   * @returns what appends the gradient of the input
   */
  backward<S extends string, K extends string>(
    gradient: Value,
    { states, kept }: Forward<S, K>,
    widths: readonly number[],
    step: (body: Graph, states: Named<S>, kept: Named<K>) => MomentBack<S>,
  ): () => Value {
    const { graph, learnsBefore = false } = this.#context;
    const [, rows = 0] = this.weights.shape;
    const names = namesOf(kept);
    const last = transpose(graph, gradient, [1, 0]);
    const { carried, collected } = graph.scan(
      [
        ...states.map((_, i) => (i === 0 ? last : this.#zeros)),
        ...widths.map((width) => zeros(graph, [rows, width])),
      ],
      valuesOf(names, kept),
      (body, behind, items) => {
        const before = step(body, named(states, behind), named(names, items));
        const sums = behind.slice(states.length).map((plus, i) => {
          const { entered, gradient } = before.gates[i] ?? { entered: plus, gradient: plus };
          return gemm(body, entered, gradient, { transposeB: true, plus });
        });
        const all = before.gates.map((gates) => gates.gradient);
        return {
          carried: [...valuesOf(states, before.states), ...sums],
          collected: learnsBefore ? [join(body, all, 0)] : [],
        };
      },
      { reverse: true },
    );
    this.#learn(join(graph, carried.slice(states.length), 1));
    return () => this.#ofInput(collected);
  }

  /** Says what the gradients of the tensors are, by that of `weights`, turned. */
  #learn(gradient: Value): void {
    const [{ shape: kernel }, { shape: recurrent }] = [this.#kernel, this.recurrent];
    const sizes = [recurrent[0] ?? 0, kernel[0] ?? 0, 1];
    const parts = splitInto(this.#context.graph, gradient, sizes);
    for (const [i, name] of ['recurrent_kernel', 'kernel', 'bias'].entries()) {
      this.#context.gradient(name, addend(parts[i] ?? gradient));
    }
  }

  /** The gradient of the input, by those of all gates [times, columns, batch]. */
  #ofInput([gates]: readonly Value[]): Value {
    if (gates === undefined) throw new RangeError('nothing before this layer learns');
    const { graph, batch } = this.#context;
    const shape = [gates.shape[0] ?? 0, this.#kernel.shape[0] ?? 0, batch];
    return transpose(graph, graph.node('MatMul', [this.#kernel, gates], shape), [2, 0, 1]);
  }
}

function zeros(graph: Graph, shape: readonly [number, number]): Value {
  return graph.constant(new Float32Array(shape[0] * shape[1]), shape);
}

function join(graph: Graph, parts: readonly Value[], axis: number): Value {
  const [first, ...others] = parts;
  return first !== undefined && others.length === 0 ? first : concat(graph, parts, axis);
}

function named<K extends string>(names: readonly K[], values: readonly Value[]): Named<K> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]])) as Named<K>;
}

function namesOf<K extends string>(values: Named<K>): K[] {
  return Object.keys(values) as K[];
}

function valuesOf<K extends string>(names: readonly K[], values: Named<K>): Value[] {
  return names.map((name) => values[name]);
}
