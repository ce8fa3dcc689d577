import { copyHeader, copyTrailer, type EncoderMark, RowEncoder } from './binary-copy.js';
import type { TableCopy } from './connection.js';
import { type RowBatch, type TableName, tableNames, tableSpec } from './tables/index.js';

/**
 * Rows of several tables, encoded as they come: bytes need less memory than rows, and the garbage
 * collector does not copy them about.
 */
export class RowBuffer {
  readonly #encoders = new Map<TableName, RowEncoder>();
  #rows = 0;

  /** Rows since the last `take`. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Adds all rows of a batch, or none.
   * @throws RangeError that names the table and the column when a value does not fit it
   */
  add(batch: RowBatch): void {
    const begun: [RowEncoder, EncoderMark][] = [];
    for (const table of tableNames) {
      const rows = batch[table];
      if (rows === undefined || rows.length === 0) continue;
      const encoder = this.#encoder(table);
      begun.push([encoder, encoder.mark()]);
      try {
        for (const row of rows) encoder.add(row);
      } catch (cause) {
        for (const [one, mark] of begun) one.rewind(mark);
        throw new RangeError(`table ${table}, ${cause instanceof Error ? cause.message : cause}`, { cause });
      }
    }
    for (const [encoder, { rows }] of begun) this.#rows += encoder.rows - rows;
  }

  /** Moves all rows of another buffer here. */
  absorb(other: RowBuffer): void {
    for (const [table, encoder] of other.#encoders) this.#encoder(table).absorb(encoder);
    this.#rows += other.#rows;
    other.#rows = 0;
  }

  /** All rows, in an order in which every table stands after those it refers to; the buffer is then empty. */
  take(): TableCopy[] {
    this.#rows = 0;
    return tableNames.flatMap((table) => {
      const encoder = this.#encoders.get(table);
      if (encoder === undefined || encoder.rows === 0) return [];
      const { rows } = encoder;
      const pieces = [copyHeader, ...encoder.take(), copyTrailer];
      return [{ table, columns: Object.keys(tableSpec(table).columns), rows, pieces }];
    });
  }

  #encoder(table: TableName): RowEncoder {
    const known = this.#encoders.get(table);
    if (known !== undefined) return known;
    const encoder = new RowEncoder(tableSpec(table).columns);
    this.#encoders.set(table, encoder);
    return encoder;
  }
}
