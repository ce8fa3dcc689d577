import { encodeCopy } from './binary-copy.js';
import { type Connection, inTransaction, type TableCopy } from './connection.js';
import { type RowBatch, type TableName, tableNames, tableSpec } from './tables/index.js';

/** Rows that were new in each table; a row that was already stored counts in none. */
export type WrittenRows = { readonly [T in TableName]?: number };

/**
 * The batch as COPY data, in an order in which every table stands after those it refers to. Rows are
 * encoded as the pieces are gone through.
 */
export function encodeBatch(batch: RowBatch): TableCopy[] {
  return tableNames.flatMap((table) => {
    const rows = batch[table] ?? [];
    if (rows.length === 0) return [];
    const { columns } = tableSpec(table);
    const pieces = { [Symbol.iterator]: () => encodeCopy(columns, rows) };
    return [{ table, columns: Object.keys(columns), rows: rows.length, pieces }];
  });
}

/** SQLSTATE unique_violation: a row of the batch is already stored, or in it twice. */
const uniqueViolation = '23505';

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === uniqueViolation;

/** Writes batches over one session, exactly once: a row whose key is already stored changes nothing. */
export class BatchWriter {
  readonly #connection: Connection;
  readonly #staged = new Set<TableName>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Stores all copies in one transaction. Rows are copied straight into their tables, which is fastest;
   * where that meets a row that is already there, the batch goes through staging tables instead.
   */
  async write(copies: readonly TableCopy[]): Promise<WrittenRows> {
    for (const { table } of copies) if (tableSpec(table).updatable !== undefined) await this.#prepare(table);
    try {
      return await inTransaction(this.#connection, () => this.#writeTables(copies, false));
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
    }
    for (const { table } of copies) await this.#prepare(table);
    return await inTransaction(this.#connection, () => this.#writeTables(copies, true));
  }

  async #writeTables(copies: readonly TableCopy[], staged: boolean): Promise<WrittenRows> {
    const written: { [T in TableName]?: number } = {};
    for (const copy of copies) {
      // A table with updatable columns is written again and again: its rows are always staged.
      const direct = !staged && tableSpec(copy.table).updatable === undefined;
      const before = written[copy.table];
      // ON COMMIT has not yet emptied what an earlier copy of the same table was staged in.
      if (!direct && before !== undefined) await this.#connection.run(`TRUNCATE staging_${copy.table}`);
      const rows = direct ? await this.#copy(copy) : await this.#merge(copy);
      written[copy.table] = (before ?? 0) + rows;
    }
    return written;
  }

  async #prepare(table: TableName): Promise<void> {
    if (this.#staged.has(table)) return;
    await this.#connection.run(
      `CREATE TEMP TABLE IF NOT EXISTS staging_${table} (LIKE ${table}) ON COMMIT DELETE ROWS`,
    );
    this.#staged.add(table);
  }

  async #copy({ table, columns, rows, pieces }: TableCopy): Promise<number> {
    await this.#connection.copyIn(table, columns, pieces);
    return rows;
  }

  async #merge({ table, columns, pieces }: TableCopy): Promise<number> {
    const { key, updatable } = tableSpec(table);
    const names = columns.join(', ');
    const staging = `staging_${table}`;
    await this.#connection.copyIn(staging, columns, pieces);
    const inserted = await this.#connection.run(
      `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${staging} ON CONFLICT DO NOTHING`,
    );
    if (updatable !== undefined) {
      // An update of one row from two would be arbitrary, so a key's last row counts; a staging table
      // is only ever appended to, so the last is where ctid is greatest.
      const keys = key.join(', ');
      await this.#connection.run(
        `UPDATE ${table} SET ${updatable.map((name) => `${name} = s.${name}`).join(', ')}
         FROM (SELECT DISTINCT ON (${keys}) * FROM ${staging} ORDER BY ${keys}, ctid DESC) s WHERE ${key.map((name) => `${table}.${name} = s.${name}`).join(' AND ')}`,
      );
    }
    return inserted;
  }
}
