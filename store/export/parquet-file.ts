import type { DecodedArray, SchemaElement } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import type { ColumnType, NamedColumn } from '../columns.js';
import type { ColumnData } from './column-batch.js';
import { littleEndian } from './column-builders.js';
import type { ByteSink } from './output-file.js';
import type { TableFile } from './table-file.js';
import { loadZstd } from './zstd.js';

/**
 * Parquet with zstd, a row group a batch. Text is UTF8, times are TIMESTAMP(MICROS, UTC), `int4[]` is
 * LIST of INT32, jsonb is UTF8 that holds JSON.
 */
export async function openParquetFile(output: ByteSink, columns: readonly NamedColumn[]): Promise<TableFile> {
  const zstd = await loadZstd();
  const buffer = new ByteWriter();
  const writer = new ParquetWriter({
    writer: buffer,
    schema: parquetSchema(columns),
    codec: 'ZSTD',
    compressors: { ZSTD: zstd.compress },
    createdBy: 'mlaas-fleet (hyparquet-writer)',
  });
  const drain = async (): Promise<void> => {
    await output.write(buffer.getBytes());
    buffer.index = 0;
  };
  return {
    async write(batch) {
      await writer.write({ columnData: batch.columns.map(columnSource), rowGroupSize: batch.rows });
      await drain();
    },
    async end() {
      await writer.finish();
      await drain();
    },
  };
}

function parquetSchema(columns: readonly NamedColumn[]): SchemaElement[] {
  return [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(schemaElements)];
}

const leaves: Readonly<Record<Exclude<ColumnType, 'int4[]'>, Omit<SchemaElement, 'name'>>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  jsonb: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  bool: { type: 'BOOLEAN' },
  int4: { type: 'INT32' },
  int8: { type: 'INT64' },
  float8: { type: 'DOUBLE' },
  timestamptz: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
};

function schemaElements({ name, type, nullable }: NamedColumn): SchemaElement[] {
  const repetition_type = nullable === true ? 'OPTIONAL' : 'REQUIRED';
  if (type !== 'int4[]') return [{ name, repetition_type, ...leaves[type] }];
  // The three levels of the format's LIST ("Logical Types", Apache Parquet).
  return [
    { name, repetition_type, converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'REQUIRED', type: 'INT32' },
  ];
}

function columnSource(column: ColumnData): ColumnSource {
  const source = { name: column.name, data: parquetValues(column) };
  // Times and counters grow by small steps; for the rest the library decides whether a dictionary pays.
  if (column.type === 'int8' || column.type === 'timestamptz') {
    return { ...source, encoding: 'DELTA_BINARY_PACKED' };
  }
  // The library's dictionaries take -0 and 0 for the same value.
  if (column.type === 'float8' && column.values.some((value) => Object.is(value, -0))) {
    return { ...source, encoding: 'PLAIN' };
  }
  return source;
}

/** Values as the library takes them: typed arrays where there are no nulls. */
function parquetValues({ type, values, valid }: ColumnData): DecodedArray {
  if (type === 'bool') return Array.from(values, (value, i) => (valid?.[i] === 0 ? null : value === 1));
  if (valid === undefined) return type === 'int8' ? (narrowed(values) ?? values) : values;
  return Array.from<number | bigint | string | readonly number[], unknown>(values, (value, i) =>
    valid[i] === 0 ? null : value,
  );
}

/**
 * 64-bit integers as 32-bit ones where all of them fit: the library encodes those without a BigInt for each
 * value, several times faster, to the same bytes. Most counters of a row group fit.
 */
function narrowed(values: BigInt64Array): Int32Array | undefined {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const low = littleEndian ? 0 : 1;
  const narrow = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = words[2 * i + low] ?? 0;
    if (words[2 * i + 1 - low] !== value >> 31) return undefined;
    narrow[i] = value;
  }
  return narrow;
}
