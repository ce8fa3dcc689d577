import type { ColumnType } from '../columns.js';
import type { QueryResult, QueryValue } from '../query-result.js';
import type { ColumnData } from './column-batch.js';
import { microseconds } from './iso-time.js';
import { openParquetFile } from './parquet-file.js';

/** What a PostgreSQL type becomes; all others become text. */
const columnTypes: Readonly<Record<string, ColumnType>> = {
  bool: 'bool',
  int2: 'int4',
  int4: 'int4',
  oid: 'int8',
  int8: 'int8',
  float4: 'float8',
  float8: 'float8',
  numeric: 'float8',
  timestamptz: 'timestamptz',
  timestamp: 'timestamptz',
  json: 'jsonb',
  jsonb: 'jsonb',
  'int2[]': 'int4[]',
  'int4[]': 'int4[]',
};

/**
 * A query's result as one Parquet file in memory. A `numeric` becomes the nearest double, a `timestamp` is taken
 * for UTC, and a column with a value that its type cannot hold in Parquet, such as a date BC, becomes text.
 */
export async function queryParquet({ columns, rows }: QueryResult): Promise<Uint8Array> {
  const data = columns.map(({ name, type }, i) =>
    columnData(
      name,
      columnTypes[type] ?? 'text',
      rows.map((row) => row[i] ?? null),
    ),
  );
  const chunks: Uint8Array[] = [];
  const file = await openParquetFile(
    { write: async (bytes) => void chunks.push(Uint8Array.from(bytes)) },
    data.map(({ name, type }) => ({ name, type, nullable: true, provenance: 'derived', description: '' })),
  );
  if (rows.length > 0) await file.write({ rows: rows.length, columns: data });
  await file.end();
  return Buffer.concat(chunks);
}

function columnData(name: string, type: ColumnType, values: readonly QueryValue[]): ColumnData {
  const valid = values.includes(null)
    ? Uint8Array.from(values, (value) => Number(value !== null))
    : undefined;
  const text = (value: QueryValue): string =>
    value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  try {
    switch (type) {
      case 'bool':
        return { name, type, valid, values: Uint8Array.from(values, Number) };
      case 'int4':
        return { name, type, valid, values: Int32Array.from(values, Number) };
      case 'int8':
        return { name, type, valid, values: BigInt64Array.from(values, (value) => BigInt(text(value))) };
      case 'float8':
        return { name, type, valid, values: Float64Array.from(values, Number) };
      case 'timestamptz': {
        const us = (value: QueryValue): bigint =>
          value === null ? 0n : microseconds(text(value).replace(/Z?$/, 'Z'));
        return { name, type, valid, values: BigInt64Array.from(values, us) };
      }
      case 'int4[]':
        return { name, type, valid, values: values.map(int4List) };
      case 'jsonb':
        return { name, type, valid, values: values.map((value) => JSON.stringify(value)) };
      default:
        return { name, type: 'text', valid, values: values.map(text) };
    }
  } catch (error) {
    if (error instanceof RangeError) return { name, type: 'text', valid, values: values.map(text) };
    throw error;
  }
}

function int4List(value: QueryValue): number[] {
  if (value === null) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return value;
  throw new RangeError('nulls or several dimensions');
}
