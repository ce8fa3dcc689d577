import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FleetError, toFleetError } from '#protocol';
import type { AdminTask } from './admin/admin-task.js';
import { type Backlog, noBacklog } from './backlog.js';
import { sizeNotice } from './comfortable-size.js';
import type { TableCopy } from './connection.js';
import { assertDatabase, databaseFolder, existingDatabase } from './database-folder.js';
import { DatabaseThread, ThreadLost } from './database-thread.js';
import { EmbeddedSnapshot } from './embedded-snapshot.js';
import { findTemplate, unpackTemplate } from './embedded-template.js';
import { FolderSync, syncPath } from './folder-sync.js';
import { StoreLock } from './lock.js';
import type { QueryResult } from './query-result.js';
import { folderClaim, type RunClaim } from './run-claim.js';
import {
  defaultMaxBytes,
  defaultMaxRows,
  defaultTimeoutMs,
  type QueryOptions,
  type Store,
  type StoreSnapshot,
} from './store.js';
import type { StoreNotice } from './store-notice.js';
import type { RowBatch } from './tables/index.js';
import { TaskQueue, type Urgency } from './task-queue.js';
import { encodeBatch, type WrittenRows } from './write-batch.js';

/** A write that waits longer than this for a query is told of. */
const patienceMs = 1000;

/**
 * A store in a folder, without a server. Its tasks run one after another in the database's thread, queries
 * after all that a run waits for; a thread that is lost is replaced at the next task.
 */
class EmbeddedStore implements Store {
  readonly kind = 'embedded';
  readonly location: string;
  readonly #lock: StoreLock;
  #thread: DatabaseThread | undefined;
  readonly #queue = new TaskQueue();
  readonly #onNotice: (notice: StoreNotice) => void;
  #closing: Promise<void> | undefined;

  constructor(location: string, lock: StoreLock, onNotice: (notice: StoreNotice) => void) {
    this.location = location;
    this.#lock = lock;
    this.#onNotice = onNotice;
  }

  /** @returns the database's size in bytes */
  async open(): Promise<number> {
    const folder = databaseFolder(this.location);
    if (existingDatabase(this.location) === undefined) await createDatabase(folder);
    const { thread, bytes } = await startThread(folder, true);
    this.#thread = thread;
    return bytes;
  }

  async write(batch: RowBatch): Promise<WrittenRows> {
    return await this.writeCopies(encodeBatch(batch));
  }

  async writeCopies(given: readonly TableCopy[]): Promise<WrittenRows> {
    try {
      // Messages to the thread are cloned: the rows travel as bytes.
      const copies = given.map((copy) => ({ ...copy, pieces: [...copy.pieces] }));
      if (copies.length === 0) return {};
      const asked = performance.now();
      const isBehindQuery = this.#queue.underWay === 'patient';
      return await this.#next('urgent', (thread) => {
        if (isBehindQuery) this.#tellOfWait(performance.now() - asked);
        return thread.ask('write', { copies });
      });
    } catch (error) {
      throw toFleetError(error, 'STORE_FAILED');
    }
  }

  /**
   * As in `Queryable`. A query that exceeds its time takes the database's thread with it; the next
   * task starts another, which takes about a second.
   */
  async query(sql: string, options: QueryOptions = {}): Promise<QueryResult> {
    const {
      params = [],
      maxRows = defaultMaxRows,
      timeoutMs = defaultTimeoutMs,
      maxBytes = defaultMaxBytes,
      signal,
    } = options;
    try {
      const input = { sql, params, maxRows, maxBytes };
      return await this.#next(
        'patient',
        (thread) => thread.ask('query', input, { timeoutMs, signal }),
        signal,
      );
    } catch (error) {
      const late = error instanceof ThreadLost && error.timedOut;
      throw late
        ? new FleetError('QUERY_FAILED', `it took longer than ${timeoutMs / 1000} s`, { cause: error })
        : toFleetError(error, 'QUERY_FAILED');
    }
  }

  async snapshot<T>(work: (snapshot: StoreSnapshot) => Promise<T>): Promise<T> {
    return await this.#next('urgent', async (thread) => {
      const snapshot = new EmbeddedSnapshot(thread);
      await snapshot.begin();
      try {
        return await work(snapshot);
      } finally {
        await snapshot.end();
      }
    });
  }

  async checkpoint(): Promise<void> {
    try {
      await this.#next('urgent', (thread) => thread.ask('checkpoint', {}));
    } catch (error) {
      throw toFleetError(error, 'STORE_FAILED');
    }
  }

  backlog(): Backlog {
    return noBacklog;
  }

  async settle(): Promise<void> {}

  async administer(task: AdminTask): Promise<QueryResult> {
    try {
      return await this.#next('urgent', (thread) => thread.ask('administer', task));
    } catch (error) {
      throw toFleetError(error, 'STORE_FAILED');
    }
  }

  async claimRun(): Promise<RunClaim> {
    return folderClaim;
  }

  async advertise(apiUrl: string): Promise<void> {
    this.#lock.advertise(apiUrl);
  }

  async close(): Promise<void> {
    // After all that was asked before: of the patient, who come last, it is the last.
    this.#closing ??= this.#queue.run('patient', () => this.#close());
    await this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#thread?.ask('close', {});
    } catch (error) {
      throw toFleetError(error, 'STORE_FAILED');
    } finally {
      await this.#thread?.end();
      this.#lock.release();
    }
  }

  #tellOfWait(ms: number): void {
    if (ms <= patienceMs) return;
    this.#onNotice({
      level: 'warn',
      code: 'STORE_HELD_UP',
      message: `records waited ${(ms / 1000).toFixed(1)} s to be stored, because a query was under way`,
    });
  }

  async #next<T>(
    urgency: Urgency,
    task: (thread: DatabaseThread) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    if (this.#closing !== undefined) throw new FleetError('STORE_FAILED', 'the store is closed');
    const work = async (): Promise<T> => {
      this.#thread ??= (await startThread(databaseFolder(this.location), false)).thread;
      try {
        return await task(this.#thread);
      } catch (error) {
        if (error instanceof ThreadLost) this.#thread = undefined;
        throw error;
      }
    };
    return await this.#queue.run(urgency, work, signal);
  }
}

/**
 * Opens the store of a folder, makes it where there is none, and takes its lock. Runs that a killed
 * process left as `running` become `interrupted`.
 * @param onNotice told when the store has become too large for its kind, and when a query holds up a write
 * @throws FleetError STORE_LOCKED, STORE_VERSION or STORE_FAILED
 */
export async function openEmbeddedStore(
  storeDir: string,
  onNotice: (notice: StoreNotice) => void = () => undefined,
): Promise<Store> {
  const location = resolve(storeDir);
  let lock: StoreLock | undefined;
  try {
    mkdirSync(location, { recursive: true });
    lock = StoreLock.take(location);
    const store = new EmbeddedStore(location, lock, onNotice);
    const notice = sizeNotice(await store.open());
    if (notice !== undefined) onNotice(notice);
    return store;
  } catch (error) {
    lock?.release();
    throw toFleetError(error, 'STORE_FAILED');
  }
}

/** Under another name first: what has the final name is whole, also when this process is killed. */
async function createDatabase(folder: string): Promise<void> {
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  const template = findTemplate();
  if (template === undefined) await createCluster(draft);
  else await unpackTemplate(template, draft);
  new FolderSync(draft).sync();
  // An empty folder of that name is in the way on Windows; one that has been filled since stays.
  if (existsSync(folder)) rmdirSync(folder);
  renameSync(draft, folder);
  if (process.platform !== 'win32') syncPath(join(folder, '..'), 'r');
}

async function createCluster(folder: string): Promise<void> {
  // A thread of its own, because making a cluster takes much memory that only the thread's end frees.
  const thread = new DatabaseThread();
  try {
    await thread.ask('create', { folder });
  } finally {
    await thread.end();
  }
}

async function startThread(
  folder: string,
  endRuns: boolean,
): Promise<{ readonly thread: DatabaseThread; readonly bytes: number }> {
  assertDatabase(folder);
  const thread = new DatabaseThread();
  try {
    const { bytes } = await thread.ask('open', { folder, endRuns });
    return { thread, bytes };
  } catch (error) {
    await thread.end();
    throw error;
  }
}
