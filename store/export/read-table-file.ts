import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import type { RecordBatch, Vector } from 'apache-arrow';
import { parse } from 'csv-parse';
import type { ColumnType, NamedColumn } from '../columns.js';
import type { FieldValue } from './field-value.js';
import { microseconds } from './iso-time.js';
import type { ExportFormat } from './manifest.js';
import { loadZstd } from './zstd.js';

/** Some rows of a file, each a list of values in the order of the columns asked for. */
export type RowBlock = FieldValue[][];

/** Text as it was written: the libraries' own decoders take U+FEFF away where a text begins with it. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

type ReadTableFile = (path: string, columns: readonly NamedColumn[]) => AsyncGenerator<RowBlock>;

/**
 * Reads a file that `export` wrote, block by block. The formats' libraries are loaded when they are
 * needed: every command imports this room, few read a file.
 * @throws RangeError when a column is missing or a value is not of its column's type; what the format's
 * library throws when the file is damaged
 */
export const readTableFile: Readonly<Record<ExportFormat, ReadTableFile>> = {
  parquet: readParquet,
  csv: readCsv,
  arrow: readArrow,
};

async function* readParquet(path: string, columns: readonly NamedColumn[]): AsyncGenerator<RowBlock> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import(
    'hyparquet'
  );
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const { decompress } = await loadZstd();
  const names = columns.map(({ name }) => name);
  assertThere(
    columns,
    parquetSchema(metadata).children.map(({ element }) => element.name),
  );
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await parquetReadObjects({
      file,
      metadata,
      columns: names,
      rowStart,
      rowEnd,
      compressors: { ZSTD: decompress },
      parsers: {
        // The library would make a Date of it, which has no microseconds.
        timestampFromMicroseconds: (us: bigint) => us,
        stringFromBytes: (bytes: Uint8Array | undefined) => bytes && utf8.decode(bytes),
      },
    });
    yield rows.map((row) => columns.map((column) => checked(column, row[column.name] ?? null)));
    rowStart = rowEnd;
  }
}

const blockRows = 10_000;

async function* readCsv(path: string, columns: readonly NamedColumn[]): AsyncGenerator<RowBlock> {
  // An error of the file reaches the loop below through the parser.
  const records: AsyncIterable<(string | null)[]> = pipeline(
    createReadStream(path),
    parse({ cast: (value, { quoting }) => (value === '' && !quoting ? null : value) }),
    () => undefined,
  );
  let places: number[] | undefined;
  let block: RowBlock = [];
  for await (const record of records) {
    if (places === undefined) {
      assertThere(columns, record);
      places = columns.map(({ name }) => record.indexOf(name));
      continue;
    }
    const fields = places;
    block.push(columns.map((column, i) => checked(column, parseField(column.type, record[fields[i] ?? -1]))));
    if (block.length === blockRows) {
      yield block;
      block = [];
    }
  }
  if (places === undefined) throw new RangeError('no header');
  yield block;
}

function parseField(type: ColumnType, text: string | null | undefined): unknown {
  if (text === null || text === undefined) return text;
  switch (type) {
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'int4':
    case 'float8':
      return text === 'NaN' || !Number.isNaN(Number(text)) ? Number(text) : undefined;
    case 'int8':
      return BigInt(text);
    case 'timestamptz':
      return microseconds(text);
    case 'int4[]':
      return JSON.parse(text);
    default:
      return text;
  }
}

async function* readArrow(path: string, columns: readonly NamedColumn[]): AsyncGenerator<RowBlock> {
  const { RecordBatchReader } = await import('apache-arrow');
  const file = await open(path);
  try {
    const reader = await (await RecordBatchReader.from(file)).open();
    // The library takes an empty file for a stream that has ended.
    if (!reader.isFile()) throw new RangeError('not an Arrow file');
    assertThere(columns, reader.schema.names);
    for await (const batch of reader) yield arrowRows(batch, columns);
  } finally {
    await file.close();
  }
}

function arrowRows(batch: RecordBatch, columns: readonly NamedColumn[]): RowBlock {
  const reads = columns.map((column) => {
    const vector = batch.getChild(column.name);
    if (vector === null) throw new RangeError(`no column ${column.name}`);
    return arrowValues(column.type, vector);
  });
  return Array.from({ length: batch.numRows }, (_, row) =>
    columns.map((column, i) => checked(column, reads[i]?.(row))),
  );
}

function arrowValues(type: ColumnType, vector: Vector): (row: number) => unknown {
  if (type === 'int4[]') return (row) => (vector.isValid(row) ? Array.from(vector.get(row)) : null);
  if (type === 'text' || type === 'jsonb') return arrowTexts(vector);
  if (type !== 'timestamptz') return (row) => vector.get(row);
  // The library would make milliseconds of it.
  const us: BigInt64Array = vector.data[0]?.values ?? new BigInt64Array();
  return (row) => (vector.isValid(row) ? us[row] : null);
}

/** The texts of a batch's column: their bytes one after the other, and where each begins. */
function arrowTexts(vector: Vector): (row: number) => unknown {
  const bytes: Uint8Array = vector.data[0]?.values ?? new Uint8Array();
  const offsets: Int32Array = vector.data[0]?.valueOffsets ?? new Int32Array();
  return (row) => (vector.isValid(row) ? utf8.decode(bytes.subarray(offsets[row], offsets[row + 1])) : null);
}

function assertThere(columns: readonly NamedColumn[], names: readonly unknown[]): void {
  const lacking = columns.find(({ name }) => !names.includes(name));
  if (lacking !== undefined) throw new RangeError(`no column ${lacking.name}`);
}

const accepts: Readonly<Record<ColumnType, (value: unknown) => value is FieldValue>> = {
  text: (value) => typeof value === 'string',
  jsonb: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  int4: (value): value is number => Number.isInteger(value),
  int8: (value) => typeof value === 'bigint',
  float8: (value) => typeof value === 'number',
  timestamptz: (value) => typeof value === 'bigint',
  'int4[]': (value): value is number[] => Array.isArray(value) && value.every(Number.isInteger),
};

function checked({ name, type, nullable }: NamedColumn, value: unknown): FieldValue {
  if (value === null || value === undefined) {
    if (value === null && nullable === true) return null;
    throw new RangeError(`column ${name}: no value`);
  }
  if (!accepts[type](value)) throw new RangeError(`column ${name}: ${String(value)} is no ${type}`);
  return value;
}
