import { type ColumnSpec, type ColumnType, fitsColumn } from './columns.js';

/** PostgreSQL counts timestamps from 2000-01-01. */
const postgresEpochMs = Date.UTC(2000, 0, 1);
const int4Oid = 23;
export const copySignature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, no flags, no extension. */
export const copyHeader = Buffer.concat([copySignature, Buffer.alloc(8)]);
/** Stands where a row would tell its number of fields. */
export const copyTrailer = Buffer.from([0xff, 0xff]);

/** A buffer that grows as it is written. */
class ByteWriter {
  #buffer = Buffer.allocUnsafe(64 * 1024);
  #length = 0;

  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.subarray(0, this.#length));
  }

  int8(value: number): void {
    this.#length = this.#reserve(1).writeInt8(value, this.#length);
  }

  int16(value: number): void {
    this.#length = this.#reserve(2).writeInt16BE(value, this.#length);
  }

  int32(value: number): void {
    this.#length = this.#reserve(4).writeInt32BE(value, this.#length);
  }

  /** A whole number within ±2^53 as 64 bits. */
  int64(value: number): void {
    const buffer = this.#reserve(8);
    buffer.writeInt32BE(Math.floor(value / 2 ** 32), this.#length);
    this.#length = buffer.writeUInt32BE(value >>> 0, this.#length + 4);
  }

  float64(value: number): void {
    this.#length = this.#reserve(8).writeDoubleBE(value, this.#length);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength).set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  /** `value` in UTF-8, which takes `size` bytes. */
  utf8(value: string, size: number): void {
    this.#length += this.#reserve(size).write(value, this.#length, 'utf8');
  }

  #reserve(size: number): Buffer {
    if (this.#length + size > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + size));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    return this.#buffer;
  }
}

/**
 * Text that PostgreSQL accepts: it has no U+0000. Lone surrogates need nothing here, because UTF-8
 * encoding already makes them U+FFFD.
 */
const storableText = (value: string): string => value.replaceAll('\0', '\ufffd');

/**
 * JSON that PostgreSQL's jsonb accepts. JSON.stringify writes U+0000 and lone surrogates as escapes,
 * which jsonb refuses; an escaped backslash before them is kept apart by matching it first.
 */
function storableJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/\\\\|\\u(?:0000|d[89a-f][0-9a-f]{2})/g, (found) =>
    found.startsWith('\\u') ? '\ufffd' : found,
  );
}

function encodeText(out: ByteWriter, value: unknown): void {
  const text = storableText(String(value));
  const size = Buffer.byteLength(text, 'utf8');
  out.int32(size);
  out.utf8(text, size);
}

function encodeJsonb(out: ByteWriter, value: unknown): void {
  const text = storableJson(value);
  const size = Buffer.byteLength(text, 'utf8');
  out.int32(size + 1);
  out.int8(1); // version of jsonb's binary form
  out.utf8(text, size);
}

/** One dimension counted from 1; an empty array has no dimension at all. */
function encodeInt4Array(out: ByteWriter, value: unknown): void {
  const values: readonly number[] = Array.isArray(value) ? value : [];
  out.int32(values.length === 0 ? 12 : 20 + 8 * values.length);
  out.int32(values.length === 0 ? 0 : 1);
  out.int32(0); // no nulls
  out.int32(int4Oid);
  if (values.length === 0) return;
  out.int32(values.length);
  out.int32(1);
  for (const value of values) {
    out.int32(4);
    out.int32(value);
  }
}

/** One encoder a type; each is given only values that `fitsColumn` has let through. */
const encoders: Readonly<Record<ColumnType, (out: ByteWriter, value: unknown) => void>> = {
  text: encodeText,
  bool: (out, value) => {
    out.int32(1);
    out.int8(value === true ? 1 : 0);
  },
  int4: (out, value) => {
    out.int32(4);
    out.int32(Number(value));
  },
  int8: (out, value) => {
    out.int32(8);
    out.int64(Number(value));
  },
  float8: (out, value) => {
    out.int32(8);
    out.float64(Number(value));
  },
  timestamptz: (out, value) => {
    out.int32(8);
    out.int64(Math.round((Number(value) - postgresEpochMs) * 1000));
  },
  jsonb: encodeJsonb,
  'int4[]': encodeInt4Array,
};

function encodeValue(out: ByteWriter, column: ColumnSpec, value: unknown): void {
  if (!fitsColumn(column, value)) throw new RangeError(`${column.type} cannot hold ${String(value)}`);
  if (value === null) out.int32(-1);
  else encoders[column.type](out, value);
}

/**
 * Rows in PostgreSQL's binary COPY format, version 1 (PostgreSQL manual, "COPY", "Binary Format").
 *
 * @param columns the columns in the order of the COPY statement's list
 * @throws RangeError that names the column when a value does not fit it
 */
export function encodeCopy(
  columns: Readonly<Record<string, ColumnSpec>>,
  rows: readonly Readonly<Record<string, unknown>>[],
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(columns);
  const out = new ByteWriter();
  out.raw(copyHeader);
  for (const row of rows) {
    out.int16(entries.length);
    for (const [name, column] of entries) {
      try {
        encodeValue(out, column, row[name]);
      } catch (cause) {
        throw new RangeError(`column ${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
      }
    }
  }
  out.raw(copyTrailer);
  return out.bytes();
}
