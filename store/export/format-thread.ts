import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { NamedColumn } from '../columns.js';
import type { ColumnBatch } from './column-batch.js';
import {
  type FormatReply,
  type FormatRequest,
  type FormatThreadData,
  packColumn,
} from './format-messages.js';
import type { ExportFormat, ManifestFile } from './manifest.js';

/**
 * Writes tables in one format on a thread of its own, one table after another. One batch is encoded while the
 * caller makes the next, so at most two are in memory.
 */
export class FormatThread {
  readonly #worker: Worker;
  #lastTask: Promise<readonly ManifestFile[]> = Promise.resolve([]);

  /** @param folder of the dataset */
  constructor(folder: string, format: ExportFormat) {
    const workerData: FormatThreadData = { folder, format };
    this.#worker = new Worker(new URL('./format-worker.js', import.meta.url), {
      name: `mlaas-export-${format}`,
      execArgv: [],
      workerData,
    });
    // Whoever waits for a reply gets the error; without a listener it would end the process.
    this.#worker.on('error', () => undefined);
  }

  async begin(table: string, columns: readonly NamedColumn[]): Promise<void> {
    await this.#queue({ task: 'begin', table, columns });
  }

  /** Resolves when the batch before is written; an error shows in the next call. */
  async write({ rows, columns }: ColumnBatch): Promise<void> {
    await this.#queue({ task: 'write', rows, columns: columns.map(packColumn) });
  }

  /** The files of the table that was begun last, when they are on the disk. */
  async finish(): Promise<readonly ManifestFile[]> {
    await this.#queue({ task: 'finish' });
    return await this.#lastTask;
  }

  /** Ends the thread, whatever it does; what it was writing stays as it is. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  async #queue(request: FormatRequest): Promise<void> {
    await this.#lastTask;
    this.#lastTask = this.#ask(request);
    // Whoever comes next sees it.
    this.#lastTask.catch(() => undefined);
  }

  async #ask(request: FormatRequest): Promise<readonly ManifestFile[]> {
    this.#worker.postMessage(request);
    // Rejects when the thread dies with an error.
    const [reply]: FormatReply[] = await once(this.#worker, 'message');
    if (reply?.ok === true) return reply.files;
    throw Object.assign(new Error(reply?.message), { code: reply?.code, syscall: reply?.syscall });
  }
}
