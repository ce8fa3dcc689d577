import type { ColumnType } from '../columns.js';
import type { ColumnBatch, ColumnData } from './column-batch.js';

/**
 * A value as all formats hold it: 64-bit integers and microseconds as BigInt, jsonb as text.
 */
export type FieldValue = null | string | boolean | number | bigint | readonly number[];

/** The rows of a batch, each a list of values in the order of its columns. */
export function rowsOfBatch({ rows, columns }: ColumnBatch): FieldValue[][] {
  return Array.from({ length: rows }, (_, row) => columns.map((column) => fieldValue(column, row)));
}

function fieldValue({ type, values, valid }: ColumnData, row: number): FieldValue {
  if (valid?.[row] === 0) return null;
  const value = values[row];
  if (value === undefined) throw new RangeError(`no row ${row}`);
  return type === 'bool' ? value === 1 : value;
}

/**
 * The value as the rows of a store hold it (see `ColumnValue`).
 * @throws SyntaxError when a jsonb is not JSON
 */
export function storeValue(type: ColumnType, value: FieldValue): unknown {
  if (value === null) return null;
  switch (type) {
    case 'int8':
      return Number(value);
    case 'timestamptz':
      return Number(value) / 1000;
    case 'jsonb':
      return JSON.parse(String(value));
    default:
      return value;
  }
}
