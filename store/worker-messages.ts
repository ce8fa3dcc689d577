import type { ErrorCode } from '#protocol';
import type { AdminTask } from './admin/admin-task.js';
import type { NamedColumn } from './columns.js';
import type { TableCopy } from './connection.js';
import type { QueryResult } from './query-result.js';
import type { QueryParam } from './read-query.js';
import type { WrittenRows } from './write-batch.js';

/** What the embedded store asks of its database's thread, one at a time. */
export interface WorkerTasks {
  /** Makes an empty database cluster in the folder and ends it in order. */
  create: { input: { folder: string }; output: undefined };
  /**
   * Starts the database of the folder and brings its schema to this version. `endRuns`: no other
   * process can be running a run in this store, so runs that say so were interrupted. Tells the database's size.
   */
  open: { input: { folder: string; endRuns: boolean }; output: { readonly bytes: number } };
  write: { input: { copies: readonly TableCopy[] }; output: WrittenRows };
  query: {
    input: { sql: string; params: readonly QueryParam[]; maxRows: number; maxBytes: number };
    output: QueryResult;
  };
  administer: { input: AdminTask; output: QueryResult };
  /** Begins a transaction that only reads. No other task but these four comes before its end. */
  beginSnapshot: { input: Record<string, never>; output: undefined };
  openCopy: { input: { select: string; columns: readonly NamedColumn[] }; output: undefined };
  /** The next rows in binary COPY format, without header and trailer; empty at the end. */
  nextCopy: { input: Record<string, never>; output: Uint8Array };
  endSnapshot: { input: Record<string, never>; output: undefined };
  checkpoint: { input: Record<string, never>; output: undefined };
  close: { input: Record<string, never>; output: undefined };
}
export type WorkerTask = keyof WorkerTasks;

export type WorkerRequest = {
  [T in WorkerTask]: { readonly task: T; readonly input: WorkerTasks[T]['input'] };
}[WorkerTask];

/**
 * `code` is set when the thread threw an error of the registry. `fatal` says that the database did not
 * report the error but died of it, so that the thread is of no more use.
 */
export type WorkerReply =
  | { readonly ok: true; readonly output: unknown }
  | {
      readonly ok: false;
      readonly code: ErrorCode | undefined;
      readonly detail: string;
      readonly fatal: boolean;
    };
