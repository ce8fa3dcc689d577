import type { TableName } from './tables/index.js';

export interface TextResult {
  readonly columns: readonly { readonly name: string; readonly oid: number }[];
  /** Values in PostgreSQL's text form. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/**
 * One database session. What embedded and external PostgreSQL do differently is behind it; migrations,
 * batches and queries are written once, over it.
 */
export interface Connection {
  /** Whether the database is the embedded store's; otherwise it is a server's. */
  readonly embedded: boolean;
  /** Runs one or more statements. @returns the number of rows that the last one touched */
  run(sql: string): Promise<number>;
  /** Runs exactly one statement, over the extended protocol, which refuses a second one. */
  select(sql: string, params?: readonly (string | null)[]): Promise<TextResult>;
  /** Loads pieces of PostgreSQL's binary COPY format into the named columns. */
  copyIn(
    target: string,
    columns: readonly string[],
    pieces: Iterable<Uint8Array<ArrayBuffer>>,
  ): Promise<void>;
}

/** Rows of one table in PostgreSQL's binary COPY format. */
export interface TableCopy {
  readonly table: TableName;
  /** The columns that the bytes hold, in their order. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Can be gone through again, for another attempt. */
  readonly pieces: Iterable<Uint8Array<ArrayBuffer>>;
}

/** Rows of all of them. */
export const rowsOf = (copies: readonly TableCopy[]): number =>
  copies.reduce((sum, { rows }) => sum + rows, 0);

/** Any constant will do, as long as all processes that change a database's schema lock the same. */
export const schemaLock = 7_265_325;

/** Runs `work` in a transaction: committed when it resolves, rolled back when it rejects. */
export async function inTransaction<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    // The first error tells what happened; a failing rollback only repeats that the session is lost.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
