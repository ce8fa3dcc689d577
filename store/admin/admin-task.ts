import type { TimeSpan } from '../partitions/week.js';

/** What can be done to a store beside writing and asking it. */
export type AdminTask =
  /** Gives the database what only its owner can: the extension TimescaleDB and a role that only reads. */
  | { readonly task: 'init' }
  | { readonly task: 'status' }
  /** Opening a store has brought its schema to this version; tells what it is now. */
  | { readonly task: 'migrate' }
  /** Compresses every chunk and brings the summaries of telemetry up to date; TimescaleDB only. */
  | { readonly task: 'compress' }
  /**
   * Gives the space of deleted rows back and renews the planner's statistics. Where tables are partitioned, moves
   * rows whose week had no partition into one.
   */
  | { readonly task: 'vacuum' }
  /** Deletes a run with everything of it; one that still says `running` only when `force` is set. */
  | { readonly task: 'drop-run'; readonly run: string; readonly force: boolean }
  /** Makes partitions for rows of past times, where tables are partitioned; elsewhere there is nothing to do. */
  | { readonly task: 'partition'; readonly spans: readonly TimeSpan[] }
  /** Drops telemetry and messages older than so many days by itself, or never (null); not in the embedded store. */
  | { readonly task: 'retention'; readonly days: number | null };
