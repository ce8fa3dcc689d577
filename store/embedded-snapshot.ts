import { toFleetError } from '#protocol';
import { copyHeader, copyTrailer } from './binary-copy.js';
import type { NamedColumn } from './columns.js';
import type { DatabaseThread } from './database-thread.js';
import type { StoreSnapshot } from './store.js';
import type { WorkerTask, WorkerTasks } from './worker-messages.js';

/** A snapshot of the embedded store, from `begin` to `end`; nobody else uses the thread meanwhile. */
export class EmbeddedSnapshot implements StoreSnapshot {
  readonly #thread: DatabaseThread;

  constructor(thread: DatabaseThread) {
    this.#thread = thread;
  }

  async begin(): Promise<void> {
    await this.#ask('beginSnapshot', {});
  }

  async *copyOut(select: string, columns: readonly NamedColumn[]): AsyncGenerator<Uint8Array> {
    await this.#ask('openCopy', { select, columns });
    yield copyHeader;
    for (;;) {
      const rows = await this.#ask('nextCopy', {});
      if (rows.byteLength === 0) break;
      yield rows;
    }
    yield copyTrailer;
  }

  async end(): Promise<void> {
    await this.#ask('endSnapshot', {});
  }

  async #ask<T extends WorkerTask>(
    task: T,
    input: WorkerTasks[T]['input'],
  ): Promise<WorkerTasks[T]['output']> {
    try {
      return await this.#thread.ask(task, input);
    } catch (error) {
      throw toFleetError(error, 'STORE_FAILED');
    }
  }
}
