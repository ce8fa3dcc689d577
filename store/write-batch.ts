import { encodeCopy } from './binary-copy.js';
import { type Connection, inTransaction, type TableCopy } from './connection.js';
import { type RowBatch, type TableName, tableNames, tableSpec } from './tables/index.js';

/** Rows that were new in each table; a row that was already stored counts in none. */
export type WrittenRows = { readonly [T in TableName]?: number };

type AnyRow = Readonly<Record<string, unknown>>;

/** The batch as COPY data, in an order in which every table stands after those it refers to. */
export function encodeBatch(batch: RowBatch): TableCopy[] {
  return tableNames.flatMap((table) => {
    const rows = newestPerKey(table, batch[table] ?? []);
    if (rows.length === 0) return [];
    return [{ table, bytes: encodeCopy(tableSpec(table).columns, rows) }];
  });
}

/** An update of one row from two would be arbitrary, so only a key's last row goes on. */
function newestPerKey(table: TableName, rows: readonly AnyRow[]): readonly AnyRow[] {
  const { key, updatable } = tableSpec(table);
  if (updatable === undefined || rows.length < 2) return rows;
  return [...new Map(rows.map((row) => [JSON.stringify(key.map((name) => row[name])), row])).values()];
}

/** Writes batches over one session, each through a temporary staging table per target. */
export class BatchWriter {
  readonly #connection: Connection;
  readonly #staged = new Set<TableName>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Stores all copies in one transaction. Rows whose key is already there change nothing, but for
   * the table's updatable columns.
   */
  async write(copies: readonly TableCopy[]): Promise<WrittenRows> {
    for (const { table } of copies) await this.#prepare(table);
    return await inTransaction(this.#connection, async () => {
      const written: { [T in TableName]?: number } = {};
      for (const copy of copies) written[copy.table] = await this.#writeTable(copy);
      return written;
    });
  }

  async #prepare(table: TableName): Promise<void> {
    if (this.#staged.has(table)) return;
    await this.#connection.run(
      `CREATE TEMP TABLE IF NOT EXISTS staging_${table} (LIKE ${table}) ON COMMIT DELETE ROWS`,
    );
    this.#staged.add(table);
  }

  async #writeTable({ table, bytes }: TableCopy): Promise<number> {
    const { columns, key, updatable } = tableSpec(table);
    const names = Object.keys(columns);
    const staging = `staging_${table}`;
    await this.#connection.copyIn(staging, names, bytes);
    const inserted = await this.#connection.run(
      `INSERT INTO ${table} (${names.join(', ')}) SELECT ${names.join(', ')} FROM ${staging} ON CONFLICT DO NOTHING`,
    );
    if (updatable !== undefined) {
      await this.#connection.run(
        `UPDATE ${table} SET ${updatable.map((name) => `${name} = s.${name}`).join(', ')}
         FROM ${staging} s WHERE ${key.map((name) => `${table}.${name} = s.${name}`).join(' AND ')}`,
      );
    }
    return inserted;
  }
}
