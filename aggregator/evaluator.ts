import { Worker } from 'node:worker_threads';
import { FleetError, type Quality } from '#protocol';
import type { EvaluationReply, EvaluatorSetup } from './evaluator-worker.js';

interface EngineIdentity {
  readonly name: string;
  readonly version: string;
}

/**
 * Evaluates the global model on the whole test set, in a thread of its own, so that the
 * aggregator's event loop goes on taking updates and serving the page meanwhile.
 */
export class Evaluator {
  readonly #worker: Worker;
  /** Name and version of the engine that the thread has loaded. */
  readonly engine: EngineIdentity;
  #pending: { resolve: (value: Quality) => void; reject: (error: Error) => void } | undefined;
  #failure: Error | undefined;

  private constructor(worker: Worker, engine: EngineIdentity) {
    this.#worker = worker;
    this.engine = engine;
    worker.on('message', (reply: EvaluationReply) => {
      const pending = this.#pending;
      this.#pending = undefined;
      if (reply.kind === 'evaluated') pending?.resolve(reply.quality);
      else if (reply.kind === 'failed') pending?.reject(new FleetError(reply.code, reply.detail));
    });
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', (code) => this.#fail(new Error(`the evaluation thread ended with code ${code}`)));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#pending?.reject(this.#failure);
    this.#pending = undefined;
  }

  /** Loads engine and test set; resolves when the thread is ready. */
  static async start(setup: EvaluatorSetup): Promise<Evaluator> {
    const worker = new Worker(new URL('./evaluator-worker.js', import.meta.url), { workerData: setup });
    try {
      return new Evaluator(worker, await ready(worker));
    } catch (cause) {
      await worker.terminate();
      throw cause;
    }
  }

  /** @param weights the global model, flat float32; is not changed */
  evaluate(weights: Float32Array): Promise<Quality> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker.postMessage(weights);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

function ready(worker: Worker): Promise<EngineIdentity> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (reply: EvaluationReply) => {
      worker.off('error', reject);
      if (reply.kind === 'ready') resolve(reply.engine);
      else if (reply.kind === 'failed') reject(new FleetError(reply.code, reply.detail));
    });
  });
}
