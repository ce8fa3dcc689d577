import { setTimeout as delay } from 'node:timers/promises';
import { FleetError } from '#protocol';
import type { AdminTask } from '../admin/admin-task.js';
import { type Backlog, noBacklog } from '../backlog.js';
import { rowsOf, type TableCopy } from '../connection.js';
import type { PostgresStore } from '../postgres-store.js';
import type { QueryResult } from '../query-result.js';
import type { RunClaim } from '../run-claim.js';
import type { QueryOptions, Store, StoreSnapshot } from '../store.js';
import type { StoreNotice } from '../store-notice.js';
import type { RowBatch } from '../tables/index.js';
import { encodeBatch, type WrittenRows } from '../write-batch.js';
import { type SpoolDamage, type SpoolFile, type SpoolPlace, spoolStart } from './spool-file.js';
import type { SpoolFolder } from './spool-folder.js';

const firstRetryMs = 250;
const longestRetryMs = 5000;
/** How often somebody who waits for the spool looks whether it is stored. */
const pollMs = 50;
/** Rows of the spool that are stored at once. */
const rowsPerTransaction = 5000;

export interface SpoolingOptions {
  readonly onNotice: (notice: StoreNotice) => void;
  /** How long `settle` and `close` wait for a server that is away; default 10,000 ms. */
  readonly closePatienceMs?: number;
}

/**
 * A store on a server that may go away: batches that it cannot take wait on disk, in order, until it is
 * back. A batch is accepted when `write` resolves, whether it is in the database or in the spool; the
 * keys of the tables make it harmless that one may reach both.
 */
export class SpoolingStore implements Store {
  readonly kind = 'postgres';
  readonly location: string;
  readonly #server: PostgresStore;
  readonly #folder: SpoolFolder;
  readonly #onNotice: (notice: StoreNotice) => void;
  readonly #closePatienceMs: number;
  readonly #stop = new AbortController();
  /** How many wait for the spool to be stored: the server is then tried often. */
  #waiting = 0;
  /** Ends the pause before the next attempt. */
  #wake = new AbortController();
  /** Batches of the spool that the server has got furthest to, and when, by the monotonic clock. */
  #progress = { batches: 0, at: 0 };
  /** Where batches go while the server is away. */
  #spool: SpoolFile | undefined;
  #replaying: Promise<void> = Promise.resolve();
  #lastWrite: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(server: PostgresStore, folder: SpoolFolder, options: SpoolingOptions) {
    this.#server = server;
    this.location = server.location;
    this.#folder = folder;
    this.#onNotice = options.onNotice;
    this.#closePatienceMs = options.closePatienceMs ?? 10_000;
  }

  /** Stores what processes that are no more left on disk. */
  async adopt(): Promise<void> {
    for await (const spool of this.#folder.adopt()) await this.#replay(spool);
  }

  async write(batch: RowBatch): Promise<WrittenRows> {
    return await this.writeCopies(encodeBatch(batch));
  }

  async writeCopies(copies: readonly TableCopy[]): Promise<WrittenRows> {
    if (this.#closing !== undefined) throw new FleetError('STORE_FAILED', 'the store is closed');
    return await this.#inTurn(() => this.#write(copies));
  }

  backlog(): Backlog {
    return this.#spool?.backlog() ?? noBacklog;
  }

  async query(sql: string, options?: QueryOptions): Promise<QueryResult> {
    return await this.#server.query(sql, options);
  }

  async snapshot<T>(work: (snapshot: StoreSnapshot) => Promise<T>): Promise<T> {
    return await this.#server.snapshot(work);
  }

  async administer(task: AdminTask): Promise<QueryResult> {
    return await this.#server.administer(task);
  }

  /** Every batch is durable when it has been written, in the database or in the spool. */
  async checkpoint(): Promise<void> {}

  async settle(): Promise<void> {
    await this.#awaitSpool();
    const spool = this.#spool;
    if (spool !== undefined) throw this.#notStored(spool, spool.path);
  }

  async claimRun(runId: string): Promise<RunClaim> {
    return await this.#server.claimRun(runId);
  }

  async advertise(): Promise<void> {}

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.#lastWrite;
    try {
      await this.#endReplaying();
    } finally {
      await this.#server.close();
    }
  }

  /** Gives a server that is away some more time; what is not stored then waits for the next opening. */
  async #endReplaying(): Promise<void> {
    await this.#awaitSpool();
    this.#stop.abort();
    await this.#replaying;
    const spool = this.#spool;
    if (spool === undefined) return;
    this.#spool = undefined;
    throw this.#notStored(spool, await this.#folder.leave(spool));
  }

  /** Waits until the spool is stored, or the server has taken nothing of it for too long. */
  async #awaitSpool(): Promise<void> {
    this.#waiting++;
    this.#wake.abort();
    const calledAt = performance.now();
    while (this.#spool !== undefined) {
      if (performance.now() - Math.max(calledAt, this.#progress.at) >= this.#closePatienceMs) break;
      await delay(pollMs);
    }
    this.#waiting--;
  }

  #notStored({ batches, rows }: SpoolFile, path: string): FleetError {
    return new FleetError(
      'STORE_UNREACHABLE',
      `${this.location}; ${batches} batches (${rows} rows) wait in ${path} and are stored when the database is next opened`,
    );
  }

  async #write(copies: readonly TableCopy[]): Promise<WrittenRows> {
    if (copies.length === 0) return {};
    if (this.#spool === undefined) {
      try {
        return await this.#server.writeCopies(copies);
      } catch (error) {
        if (!(error instanceof FleetError) || error.code !== 'STORE_UNREACHABLE') throw error;
        await this.#beginSpooling(error);
      }
    }
    await this.#append(copies);
    return Object.fromEntries(copies.map(({ table, rows }) => [table, rows]));
  }

  async #beginSpooling(cause: FleetError): Promise<void> {
    try {
      this.#spool = await this.#folder.create();
    } catch (error) {
      throw spoolError(error);
    }
    this.#onNotice({
      level: 'warn',
      code: 'STORE_SPOOLING',
      message: `the database does not answer (${cause.detail}); records wait in ${this.#spool.path}`,
    });
    this.#progress = { batches: 0, at: 0 };
    this.#replaying = this.#replayWhenBack(this.#spool);
  }

  async #append(copies: readonly TableCopy[]): Promise<void> {
    try {
      await this.#spool?.append(copies);
    } catch (error) {
      throw spoolError(error);
    }
  }

  /** Tries the server again and again, ever more seldom; ends with the spool stored or the store closed. */
  async #replayWhenBack(spool: SpoolFile): Promise<void> {
    for (let waitMs = firstRetryMs; ; waitMs = Math.min(waitMs * 2, longestRetryMs)) {
      await this.#pause(waitMs);
      if (this.#stop.signal.aborted) return;
      try {
        await this.#catchUp(spool);
        return;
      } catch (error) {
        if (error instanceof FleetError && error.code === 'STORE_UNREACHABLE') continue;
        this.#onNotice({
          level: 'error',
          code: 'STORE_SPOOLING',
          message: `the records in ${spool.path} cannot be stored: ${error instanceof Error ? error.message : error}`,
        });
      }
    }
  }

  async #pause(waitMs: number): Promise<void> {
    this.#wake = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, this.#wake.signal]);
    try {
      await delay(this.#waiting > 0 ? firstRetryMs : waitMs, undefined, { signal });
    } catch {
      // To try at once, or to end.
    }
  }

  /** Stores the spool; the last of it while no new batch comes in, so that none is left behind. */
  async #catchUp(spool: SpoolFile): Promise<void> {
    await this.#server.ping();
    const { end } = await this.#storeBatches(spool, spoolStart);
    await this.#inTurn(async () => {
      const { damage } = await this.#storeBatches(spool, end);
      await this.#finishReplay(spool, damage);
      this.#spool = undefined;
    });
  }

  async #replay(spool: SpoolFile): Promise<void> {
    const { damage } = await this.#storeBatches(spool, spoolStart);
    await this.#finishReplay(spool, damage);
  }

  /** Stores what the spool holds from a place on, up to its end or to where it is damaged. */
  async #storeBatches(
    spool: SpoolFile,
    from: SpoolPlace,
  ): Promise<{ readonly end: SpoolPlace; readonly damage: SpoolDamage | undefined }> {
    const batches = spool.read(from);
    let end = from;
    for (;;) {
      const group = await nextGroup(batches);
      if (group.copies.length > 0) await this.#server.writeCopies(group.copies);
      end = group.end ?? end;
      // Each attempt begins anew: only what goes further than the last one is progress.
      if (end.batches > this.#progress.batches) {
        this.#progress = { batches: end.batches, at: performance.now() };
      }
      spool.stored(end);
      if (group.done) return { end, damage: group.damage };
    }
  }

  async #finishReplay(spool: SpoolFile, damage: SpoolDamage | undefined): Promise<void> {
    if (damage === undefined) {
      await this.#folder.remove(spool);
      this.#onNotice({
        level: 'info',
        code: 'STORE_REPLAYED',
        message: `the database answers: ${spool.batches} batches that waited on disk are stored`,
      });
      return;
    }
    const aside = await this.#folder.setAside(spool);
    this.#onNotice({
      level: 'error',
      code: 'SPOOL_DAMAGED',
      message: `${damage.lostBatches} batches that waited on disk are lost: ${damage.reason}, at byte ${damage.offset} of ${aside}; those before it are stored`,
    });
  }

  /** Runs writes one after another, whatever became of those before. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastWrite.then(work);
    this.#lastWrite = result.catch(() => undefined);
    return await result;
  }
}

const spoolError = (error: unknown): FleetError =>
  new FleetError(
    'STORE_FAILED',
    `the database is away and the spool cannot be written: ${error instanceof Error ? error.message : error}`,
    {
      cause: error,
    },
  );

interface SpooledGroup {
  readonly copies: readonly TableCopy[];
  readonly end: SpoolPlace | undefined;
  readonly done: boolean;
  readonly damage: SpoolDamage | undefined;
}

/** The next batches, as many as make a transaction worth its while. */
async function nextGroup(batches: ReturnType<SpoolFile['read']>): Promise<SpooledGroup> {
  const copies: TableCopy[] = [];
  let rows = 0;
  let end: SpoolPlace | undefined;
  while (rows < rowsPerTransaction) {
    const next = await batches.next();
    if (next.done) return { copies, end, done: true, damage: next.value };
    copies.push(...next.value.copies);
    rows += rowsOf(next.value.copies);
    end = next.value.end;
  }
  return { copies, end, done: false, damage: undefined };
}
