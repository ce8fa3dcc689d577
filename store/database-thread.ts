import { Worker } from 'node:worker_threads';
import { FleetError } from '#protocol';
import type { WorkerReply, WorkerRequest, WorkerTask, WorkerTasks } from './worker-messages.js';

/** The thread died, or was ended because its time was up; another must be started. */
export class ThreadLost extends Error {
  readonly timedOut: boolean;

  constructor(message: string, timedOut = false) {
    super(message);
    this.name = 'ThreadLost';
    this.timedOut = timedOut;
  }
}

/** What ends a task, and with it the thread: WebAssembly cannot be interrupted in any other way. */
export interface TaskLimits {
  readonly timeoutMs?: number;
  /** Once it is aborted, the task may go on for `leaverPatienceMs`. */
  readonly signal?: AbortSignal | undefined;
}

/** Most tasks end by themselves in less than the second that another thread takes to start. */
const leaverPatienceMs = 1000;

/** One database thread, seen from the process that uses it. It takes one task at a time. */
export class DatabaseThread {
  readonly #worker = new Worker(new URL('./pglite-worker.js', import.meta.url), {
    name: 'mlaas-store',
    // Flags of this process, such as a debugger's, are not meant for the database.
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  #lost: string | undefined;

  constructor() {
    this.#worker.on('error', (error) => {
      this.#lost ??= error.message;
    });
    this.#worker.on('exit', () => {
      this.#lost ??= 'the database thread ended';
    });
  }

  /**
   * @throws ThreadLost when the thread is of no more use; other errors are the task's own
   */
  async ask<T extends WorkerTask>(
    task: T,
    input: WorkerTasks[T]['input'],
    limits: TaskLimits = {},
  ): Promise<WorkerTasks[T]['output']> {
    const reply = await this.#exchange({ task, input } as WorkerRequest, limits);
    // The thread is our own code, compiled against the same table of tasks.
    if (reply.ok) return reply.output as WorkerTasks[T]['output'];
    if (reply.fatal) {
      await this.end();
      throw new ThreadLost(reply.detail);
    }
    throw reply.code === undefined ? new Error(reply.detail) : new FleetError(reply.code, reply.detail);
  }

  /** Ends the thread at once. The files are then as after a crash, which PostgreSQL recovers from. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #exchange(request: WorkerRequest, { timeoutMs, signal }: TaskLimits): Promise<WorkerReply> {
    const worker = this.#worker;
    if (this.#lost !== undefined) return Promise.reject(new ThreadLost(this.#lost));
    return new Promise((resolve, reject) => {
      const timers: NodeJS.Timeout[] = [];
      const settle = (finish: () => void): void => {
        for (const timer of timers) clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        finish();
      };
      const onMessage = (reply: WorkerReply) => settle(() => resolve(reply));
      const onError = (error: Error) => settle(() => reject(new ThreadLost(error.message)));
      const onExit = () => settle(() => reject(new ThreadLost('the database thread ended')));
      const endIn = (ms: number, cause: ThreadLost): void => {
        const end = (): void => {
          settle(() => undefined);
          worker.terminate().then(() => reject(cause), reject);
        };
        timers.push(setTimeout(end, ms));
      };
      const onAbort = () => endIn(leaverPatienceMs, new ThreadLost('nobody waits for it any more'));
      if (timeoutMs !== undefined) endIn(timeoutMs, new ThreadLost('time is up', true));
      // It may have been aborted while the thread was started.
      if (signal?.aborted) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage(request);
    });
  }
}
