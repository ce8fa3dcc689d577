import type { NamedColumn } from '../columns.js';
import { isRow, type Row, type TableName } from '../tables/index.js';
import { type FieldValue, storeValue } from './field-value.js';

/** A run as the papers of a dataset tell of it. */
export interface RunFacts {
  readonly run: Row<'runs'>;
  readonly params: readonly Row<'run_params'>[];
}

/**
 * The row of a table from its values in a file.
 * @throws RangeError when it is no row of the table
 */
export function storeRow<T extends TableName>(
  table: T,
  columns: readonly NamedColumn[],
  values: readonly FieldValue[],
): Row<T> {
  const row = Object.fromEntries(
    columns.map(({ name, type }, i) => [name, storeValue(type, values[i] ?? null)]),
  );
  if (!isRow(table, row)) throw new RangeError(`no row of ${table}: ${JSON.stringify(row)}`);
  return row;
}
