import type { Graph, Value } from '../graph.js';
import { columnSums, concat, gemm, product, reshape, split, transpose } from '../operators.js';
import type { LayerContext } from './layer.js';

/**
 * What recurrent layers share: the input's part of all gates at all times is one product, before the
 * recurrence begins, and the gradients of the weights are one product behind it.
 */
export class Sequence {
  readonly times: number;
  /** The recurrent kernel [units, columns]. */
  readonly recurrent: Value;
  /** x W + b at each time, [batch, columns]. */
  readonly inputs: readonly Value[];
  readonly #context: LayerContext;
  readonly #shape: readonly number[];
  readonly #rows: Value;
  readonly #kernel: Value;

  /** @param columns gates times units */
  constructor(context: LayerContext, input: Value, units: number, columns: number) {
    const { graph, batch } = context;
    const [, times = 0, features = 0] = input.shape;
    this.times = times;
    this.#context = context;
    this.#shape = input.shape;
    this.#rows = reshape(graph, transpose(graph, input, [1, 0, 2]), [times * batch, features]);
    this.#kernel = context.weight('kernel', [features, columns]);
    this.recurrent = context.weight('recurrent_kernel', [units, columns]);
    const bias = context.weight('bias', [1, columns]);
    this.inputs = split(graph, gemm(graph, this.#rows, this.#kernel, { plus: bias }), times, 0);
  }

  /** Zeros [batch, units], which the recurrence begins with. */
  zeros(units: number): Value {
    const { graph, batch } = this.#context;
    return graph.constant(new Float32Array(batch * units), [batch, units]);
  }

  /**
   * Gradients of the input's kernel and the bias, and of the input.
   * @param gates gradients before the gates' functions, time after time: [times * batch, columns]
   */
  backward(gates: Value): () => Value {
    const { graph, batch } = this.#context;
    const [, times = 0, features = 0] = this.#shape;
    this.#context.gradient('kernel', product(this.#rows, gates, { transposeA: true }));
    this.#context.gradient('bias', columnSums(graph, gates));
    return () => {
      const rows = gemm(graph, gates, this.#kernel, { transposeB: true });
      return transpose(graph, reshape(graph, rows, [times, batch, features]), [1, 0, 2]);
    };
  }
}

/** Joins values of all times below one another. */
export function stack(graph: Graph, values: readonly Value[]): Value {
  return concat(graph, values, 0);
}
