import * as fc from 'fast-check';
import type { ColumnType, NamedColumn } from '#internal/store/columns.js';
import type { ColumnBatch, ColumnData } from '#internal/store/export/column-batch.js';

/** A value of each type; times within what the store takes. */
const arbitraries: Record<ColumnType, fc.Arbitrary<unknown>> = {
  text: fc.oneof(
    fc.constantFrom('', 'a', 'a"b', 'x,y', 'line\nbreak', '\r', 'ünï→漢字🙂', '\ufeffbom'),
    fc.string({ unit: 'binary' }),
  ),
  bool: fc.boolean(),
  int4: fc.oneof(fc.constantFrom(-(2 ** 31), 2 ** 31 - 1), fc.integer()),
  int8: fc.oneof(fc.constantFrom(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, -1), fc.maxSafeInteger()),
  float8: fc.oneof(
    fc.constantFrom(Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 0.1 + 0.2),
    fc.double(),
  ),
  timestamptz: fc.integer({ min: -8.6e12, max: 8.6e12 }).map((ms) => ms + 0.25),
  jsonb: fc.jsonValue().filter((value) => value !== null),
  'int4[]': fc.array(fc.integer(), { maxLength: 5 }),
};

export const types = Object.keys(arbitraries) as ColumnType[];

/** Two columns of each type, one of them nullable. */
export const columns: readonly NamedColumn[] = types.flatMap((type, i): NamedColumn[] => [
  { name: `required_${i}`, type, provenance: 'derived', description: type },
  { name: `nullable_${i}`, type, nullable: true, provenance: 'derived', description: type },
]);

/** Rows as the store's writer takes them. */
export const rowsOfAllTypes = (maxLength: number): fc.Arbitrary<Record<string, unknown>[]> =>
  fc.array(
    fc.record(
      Object.fromEntries(
        columns.map(({ name, type, nullable }) => [
          name,
          nullable ? fc.option(arbitraries[type], { nil: null }) : arbitraries[type],
        ]),
      ),
    ),
    { maxLength },
  );

/** Batches as one list of rows, each value compared as what it is. */
export function plainRows(batches: readonly ColumnBatch[]): unknown[][] {
  return batches.flatMap(({ rows, columns }) =>
    Array.from({ length: rows }, (_, row) => columns.map((column) => plainValue(column, row))),
  );
}

function plainValue({ type, values, valid }: ColumnData, row: number): unknown {
  if (valid?.[row] === 0) return null;
  const value = values[row];
  if (type === 'bool') return value === 1;
  if (type === 'jsonb') return JSON.parse(String(value));
  return value;
}
