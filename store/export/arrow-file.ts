import {
  AsyncByteQueue,
  Bool,
  type Data,
  type DataType,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from 'apache-arrow';
import type { ColumnType, NamedColumn } from '../columns.js';
import type { ColumnBatch, ColumnData } from './column-batch.js';
import type { ByteSink } from './output-file.js';
import type { TableFile } from './table-file.js';

/** What the library writes, kept until it is taken. */
class CollectedBytes extends AsyncByteQueue<Uint8Array> {
  #chunks: Uint8Array[] = [];

  override write(chunk: Uint8Array): void {
    // The library may use the same memory for its next message.
    if (chunk.byteLength > 0) this.#chunks.push(Uint8Array.from(chunk));
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return bytes;
  }
}

/** Arrow IPC file format (Feather version 2), uncompressed, a record batch a batch. */
export async function openArrowFile(output: ByteSink, columns: readonly NamedColumn[]): Promise<TableFile> {
  const schema = new Schema(
    columns.map(({ name, type, nullable }) => new Field(name, arrowTypes[type], nullable === true)),
  );
  const bytes = new CollectedBytes();
  const writer = new RecordBatchFileWriter();
  // Also writes the schema, so that a file without rows is whole.
  writer.reset(bytes, schema);
  return {
    async write(batch) {
      writer.write(recordBatch(schema, batch));
      await output.write(bytes.take());
    },
    async end() {
      writer.finish();
      await output.write(bytes.take());
    },
  };
}

const arrowTypes: Readonly<Record<ColumnType, DataType>> = {
  text: new Utf8(),
  jsonb: new Utf8(),
  bool: new Bool(),
  int4: new Int32(),
  int8: new Int64(),
  float8: new Float64(),
  timestamptz: new TimestampMicrosecond('UTC'),
  'int4[]': new List(new Field('item', new Int32(), false)),
};

function recordBatch(schema: Schema, batch: ColumnBatch): RecordBatch {
  const children = batch.columns.map((column) => columnData(column, batch.rows));
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: batch.rows, nullCount: 0, children }),
  );
}

function columnData(column: ColumnData, length: number): Data {
  const nullBitmap = column.valid === undefined ? undefined : bitmap(column.valid);
  const common = { length, nullCount: countZeros(column.valid), nullBitmap };
  switch (column.type) {
    case 'text':
    case 'jsonb':
      return makeData({ ...common, type: new Utf8(), ...utf8(column.values) });
    case 'bool':
      return makeData({ ...common, type: new Bool(), data: bitmap(column.values) });
    case 'int4':
      return makeData({ ...common, type: new Int32(), data: column.values });
    case 'int8':
      return makeData({ ...common, type: new Int64(), data: column.values });
    case 'float8':
      return makeData({ ...common, type: new Float64(), data: column.values });
    case 'timestamptz':
      return makeData({ ...common, type: new TimestampMicrosecond('UTC'), data: column.values });
    case 'int4[]':
      return makeData({ ...common, type: arrowTypes['int4[]'] as List<Int32>, ...list(column.values) });
  }
}

function countZeros(bytes: Uint8Array | undefined): number {
  let zeros = 0;
  for (const byte of bytes ?? []) if (byte === 0) zeros++;
  return zeros;
}

/** One bit a value, the first in the lowest bit. */
function bitmap(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(bytes.length / 8));
  bytes.forEach((byte, i) => {
    if (byte !== 0) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return bits;
}

function utf8(texts: readonly string[]): { valueOffsets: Int32Array; data: Uint8Array } {
  const valueOffsets = new Int32Array(texts.length + 1);
  const encoded = Buffer.from(texts.join(''), 'utf8');
  texts.forEach((text, i) => {
    valueOffsets[i + 1] = (valueOffsets[i] ?? 0) + Buffer.byteLength(text, 'utf8');
  });
  return { valueOffsets, data: encoded };
}

function list(values: readonly (readonly number[])[]): { valueOffsets: Int32Array; child: Data<Int32> } {
  const valueOffsets = new Int32Array(values.length + 1);
  values.forEach((value, i) => {
    valueOffsets[i + 1] = (valueOffsets[i] ?? 0) + value.length;
  });
  const items = new Int32Array(valueOffsets.at(-1) ?? 0);
  values.forEach((value, i) => {
    items.set(value, valueOffsets[i] ?? 0);
  });
  return {
    valueOffsets,
    child: makeData({ type: new Int32(), length: items.length, nullCount: 0, data: items }),
  };
}
