import type { AdminTask } from './admin/admin-task.js';
import type { Backlog } from './backlog.js';
import type { NamedColumn } from './columns.js';
import type { TableCopy } from './connection.js';
import type { QueryResult } from './query-result.js';
import type { QueryParam } from './read-query.js';
import type { RunClaim } from './run-claim.js';
import type { RowBatch } from './tables/index.js';
import type { WrittenRows } from './write-batch.js';

export interface QueryOptions {
  /** Values of `$1`, `$2`, … */
  readonly params?: readonly QueryParam[];
  /** Rows returned at most; default 10,000. */
  readonly maxRows?: number;
  /** Longest running time in milliseconds; default 30,000. */
  readonly timeoutMs?: number;
  /** Largest answer in bytes, as the database sends it; default 256 MiB. More is QUERY_FAILED. */
  readonly maxBytes?: number;
  /**
   * Aborted when nobody wants the answer any more: the query then fails with QUERY_FAILED. One that still waits
   * is never begun; the embedded store also ends one that goes on for a second after that.
   */
  readonly signal?: AbortSignal;
}

/** Where queries can be asked: an open store, or a process that has one open and answers for it. */
export interface Queryable {
  /**
   * Answers one read-only SQL query (SELECT, WITH, VALUES or TABLE).
   * @throws FleetError QUERY_FAILED with the database's message; STORE_UNREACHABLE, STORE_FAILED
   */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;
}

/** The store as it was at one moment, whatever is written meanwhile. */
export interface StoreSnapshot {
  /**
   * The rows of a query as one stream in PostgreSQL's binary COPY format. One stream at a time.
   * @param select a query of this program; never text from outside
   * @param columns what the query selects, in order
   */
  copyOut(select: string, columns: readonly NamedColumn[]): AsyncIterable<Uint8Array>;
}

/** The store of runs, the same over the embedded database and over a server. */
export interface Store extends Queryable {
  readonly kind: 'embedded' | 'postgres';
  /** The folder, or the server's URL without its password. */
  readonly location: string;
  /**
   * Stores rows of several tables, all or none. Writing a row again is harmless.
   * @returns the rows that were new, by table
   * @throws FleetError STORE_FAILED, STORE_UNREACHABLE
   */
  write(batch: RowBatch): Promise<WrittenRows>;
  /** As `write`, of rows that are encoded already; they can be given again. */
  writeCopies(copies: readonly TableCopy[]): Promise<WrittenRows>;
  /** Rows of this process that wait on disk for a server that is away; the embedded store has none. */
  backlog(): Backlog;
  /**
   * Reads the store as of one moment. The embedded store does nothing else meanwhile.
   * @throws FleetError STORE_FAILED, STORE_UNREACHABLE, and what `work` throws
   */
  snapshot<T>(work: (snapshot: StoreSnapshot) => Promise<T>): Promise<T>;
  /**
   * Makes everything written so far survive a power failure. A server does that at every commit;
   * the embedded store only here and in `close`.
   * @throws FleetError STORE_FAILED
   */
  checkpoint(): Promise<void>;
  /**
   * Waits until queries see all that was written: what the embedded store has taken they see at once,
   * what waits on disk for a server that is away only after it is back.
   * @throws FleetError STORE_UNREACHABLE when it does not come back in time
   */
  settle(): Promise<void>;
  /**
   * Takes a run as this process's own, until the claim is released; it outlasts this store. Runs that say that they
   * are running and that nobody has claimed are dead: the next opening marks them as interrupted.
   * @throws FleetError RESUME_IMPOSSIBLE when another process has it; STORE_UNREACHABLE, STORE_FAILED
   */
  claimRun(runId: string): Promise<RunClaim>;
  /**
   * Tells other processes of this machine where the holder of the embedded store answers queries
   * (see `readLock`). Has no effect on a server, which they can ask themselves.
   * @param apiUrl URL of a local HTTP API
   */
  advertise(apiUrl: string): Promise<void>;
  /**
   * Does an administrative task.
   * @returns what was found or done, as rows for people
   * @throws FleetError STORE_FAILED, STORE_UNREACHABLE, RUN_UNKNOWN
   */
  administer(task: AdminTask): Promise<QueryResult>;
  /** Ends the store's use after what is under way; safe to call twice. */
  close(): Promise<void>;
}

export const defaultMaxRows = 10_000;
export const defaultTimeoutMs = 30_000;
export const defaultMaxBytes = 256 * 1024 * 1024;
