import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { FleetError, toFleetError } from '#protocol';
import type { EngineProbe } from '../create-trainer.js';

export type OnnxRuntime = typeof import('onnxruntime-node');

let loaded: Promise<OnnxRuntime> | undefined;

/**
 * The package, loaded when the first trainer is made: commands that do not train never need it.
 * @throws FleetError ENGINE_UNAVAILABLE where the native library does not load
 */
export function loadOnnxRuntime(): Promise<OnnxRuntime> {
  loaded ??= import('onnxruntime-node').catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('ENGINE_UNAVAILABLE', `onnx: ${reason}`, { cause });
  });
  return loaded;
}

/** Whether ONNX Runtime loads on this machine. */
export async function probeOnnx(): Promise<EngineProbe> {
  try {
    const { env } = await loadOnnxRuntime();
    return { name: 'onnx', version: env.versions.node ?? 'unknown', available: true };
  } catch (cause) {
    return { name: 'onnx', version: '', available: false, reason: toFleetError(cause).detail };
  }
}

/** One thread, in the order of the graph: two threads may add in another order, and give other bits. */
const sessionOptions: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
};

/** A graph that ONNX Runtime has loaded. */
export class GraphSession<G extends { readonly bytes: Uint8Array }> {
  readonly graph: G;
  readonly #runtime: OnnxRuntime;
  readonly #session: InferenceSession;

  constructor(graph: G, runtime: OnnxRuntime, session: InferenceSession) {
    this.graph = graph;
    this.#runtime = runtime;
    this.#session = session;
  }

  /**
   * @param options.keepsMemory whether memory for values stays with the session, in ever larger pieces, and is not
   *   given back after each run: what runs many short steps is a tenth faster then
   */
  static async load<G extends { readonly bytes: Uint8Array }>(
    runtime: OnnxRuntime,
    graph: G,
    { keepsMemory }: { readonly keepsMemory: boolean },
  ): Promise<GraphSession<G>> {
    const session = await runtime.InferenceSession.create(graph.bytes, {
      ...sessionOptions,
      enableCpuMemArena: keepsMemory,
    });
    return new GraphSession(graph, runtime, session);
  }

  /** A tensor over an array, which it does not copy. */
  tensor(values: Float32Array | Int32Array | Uint8Array, shape: readonly number[]): Tensor {
    const { Tensor } = this.#runtime;
    if (values instanceof Uint8Array) return new Tensor('uint8', values, shape);
    if (values instanceof Int32Array) return new Tensor('int32', values, shape);
    return new Tensor('float32', values, shape);
  }

  /** An int64 scalar. */
  integer(value: number): Tensor {
    return new this.#runtime.Tensor('int64', BigInt64Array.of(BigInt(value)), []);
  }

  /**
   * Runs the graph once; the event loop turns before it starts, and stands while it runs.
   * @param results tensors to be written, by the outputs' names, null for a new one; by default all are new
   */
  async run(
    feeds: Readonly<Record<string, Tensor>>,
    results?: Readonly<Record<string, Tensor | null>>,
  ): Promise<Readonly<Record<string, Tensor>>> {
    return results === undefined ? this.#session.run(feeds) : this.#session.run(feeds, results);
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** The numbers of a float32 tensor. */
export function floats(tensor: Tensor | undefined): Float32Array {
  const data = tensor?.data;
  if (!(data instanceof Float32Array)) throw new TypeError(`a tensor of ${tensor?.type}`);
  return data;
}
