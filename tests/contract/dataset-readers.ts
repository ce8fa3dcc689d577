import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { z } from 'zod';
import type { ColumnType, NamedColumn } from '#internal/store/columns.js';
import type { FieldValue } from '#internal/store/export/field-value.js';

/** Another program that reads Parquet. */
interface ParquetReader {
  readonly name: string;
  /** Why it cannot be used here. */
  readonly missing: string | undefined;
  /** The rows of a file, each value as `plainText` writes it. */
  read(path: string, columns: readonly NamedColumn[]): Promise<(string | null)[][]>;
}

/** A value as text that loses nothing: a float by its bits, a time in microseconds. */
export function plainText(type: ColumnType, value: FieldValue): string | null {
  if (value === null) return null;
  if (type === 'float8') return doubleBits(Number(value));
  return type === 'int4[]' ? JSON.stringify(value) : String(value);
}

function doubleBits(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

const rowsSchema = z.array(z.array(z.string().nullable()));

const python = fileURLToPath(new URL('../../bench/peers/.venv/bin/python', import.meta.url));
const script = (name: string): string => fileURLToPath(new URL(`../../bench/peers/${name}`, import.meta.url));
const runPython = (name: string, path: string): unknown =>
  JSON.parse(
    execFileSync(python, [script(name), path], { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: 'pipe' }),
  );

/** What mlcroissant says of a dataset's folder; undefined where it is not installed. */
export const croissantReader = existsSync(python)
  ? (folder: string): unknown => runPython('read_croissant.py', folder)
  : undefined;

export const parquetReaders: readonly ParquetReader[] = [
  { name: 'DuckDB', missing: undefined, read: readWithDuckDb },
  {
    name: 'pyarrow',
    missing: existsSync(python) ? undefined : 'no pyarrow: run bench/peers/setup.sh',
    read: async (path) => rowsSchema.parse(runPython('read_parquet.py', path)),
  },
];

const casts: Partial<Record<ColumnType, (column: string) => string>> = {
  timestamptz: (column) => `epoch_us(${column})`,
  'int4[]': (column) => `to_json(${column})`,
};

async function readWithDuckDb(path: string, columns: readonly NamedColumn[]): Promise<(string | null)[][]> {
  const instance = await DuckDBInstance.create();
  const connection: DuckDBConnection = await instance.connect();
  try {
    const selected = columns.map(({ name, type }) =>
      type === 'float8' ? name : `CAST(${casts[type]?.(name) ?? name} AS varchar)`,
    );
    const reader = await connection.runAndReadAll(
      `SELECT ${selected.join(', ')} FROM read_parquet('${path}')`,
    );
    return reader
      .getRows()
      .map((row) =>
        row.map((value) =>
          value === null ? null : typeof value === 'number' ? doubleBits(value) : String(value),
        ),
      );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
