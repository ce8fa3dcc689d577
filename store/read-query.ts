import { FleetError } from '#protocol';
import type { Connection, TextResult } from './connection.js';
import { parseValue, type QueryResult } from './query-result.js';

export type QueryParam = string | number | boolean | null;

export interface ReadQuery {
  readonly sql: string;
  readonly params: readonly QueryParam[];
  readonly maxRows: number;
  /** Largest answer in bytes of its text. */
  readonly maxBytes: number;
  /** Statements that prepare the transaction, such as a time limit. */
  readonly settings: readonly string[];
}

/** The names of a database's types by object id, arrays as `int4[]`. */
export async function typeNames(connection: Connection): Promise<ReadonlyMap<number, string>> {
  const { rows } = await connection.select(
    `SELECT t.oid::text, CASE WHEN e.oid IS NULL THEN t.typname ELSE e.typname || '[]' END
     FROM pg_type t LEFT JOIN pg_type e ON e.typarray = t.oid`,
  );
  return new Map(rows.map(([oid, name]) => [Number(oid), name ?? '']));
}

/**
 * Runs one query that cannot change anything: declared as a cursor, which PostgreSQL's grammar lets
 * only SELECT, VALUES, TABLE and their WITH forms be; sent over the extended protocol, which takes no
 * second statement; in a READ ONLY transaction that is always rolled back.
 */
export async function readQuery(
  connection: Connection,
  types: ReadonlyMap<number, string>,
  query: ReadQuery,
): Promise<QueryResult> {
  await connection.run('BEGIN READ ONLY');
  try {
    // A cursor is planned for its first rows by default; here all are wanted.
    await connection.run('SET LOCAL cursor_tuple_fraction = 1');
    for (const setting of query.settings) await connection.run(setting);
    await connection.select(
      `DECLARE mlaas_query NO SCROLL CURSOR FOR\n${query.sql}`,
      query.params.map((param) => (param === null ? null : String(param))),
    );
    const { columns, rows } = await fetchRows(connection, query);
    const named = columns.map(({ name, oid }) => ({ name, type: types.get(oid) ?? 'unknown' }));
    return {
      columns: named,
      rows: rows
        .slice(0, query.maxRows)
        .map((row) => row.map((text, i) => (text === null ? null : parseValue(named[i]?.type ?? '', text)))),
      truncated: rows.length > query.maxRows,
    };
  } finally {
    await connection.run('ROLLBACK').catch(() => undefined);
  }
}

const rowsPerFetch = 1000;

/** One row more than asked for, page by page, so that a huge answer is given up before it is here. */
async function fetchRows(connection: Connection, { maxRows, maxBytes }: ReadQuery): Promise<TextResult> {
  const rows: (readonly (string | null)[])[] = [];
  let bytes = 0;
  for (;;) {
    const wanted = Math.min(rowsPerFetch, maxRows + 1 - rows.length);
    const page = await connection.select(`FETCH ${wanted} FROM mlaas_query`);
    for (const row of page.rows) {
      rows.push(row);
      for (const text of row) bytes += text?.length ?? 0;
    }
    if (bytes > maxBytes) throw answerTooLarge(maxBytes);
    if (page.rows.length < wanted || rows.length > maxRows) return { columns: page.columns, rows };
  }
}

export const answerTooLarge = (maxBytes: number): FleetError =>
  new FleetError(
    'QUERY_FAILED',
    `the answer is larger than ${Math.round(maxBytes / 2 ** 20)} MiB; ask for fewer columns or rows, or use mlaas export`,
  );
