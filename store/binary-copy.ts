import { type ColumnSpec, type ColumnType, fitsColumn } from './columns.js';

/** PostgreSQL counts timestamps from 2000-01-01. */
const postgresEpochMs = Date.UTC(2000, 0, 1);
const int4Oid = 23;
export const copySignature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, no flags, no extension. */
export const copyHeader = Buffer.concat([copySignature, Buffer.alloc(8)]);
/** Stands where a row would tell its number of fields. */
export const copyTrailer = Buffer.from([0xff, 0xff]);

/** Longest text, in characters, and most texts whose bytes are kept, to be copied instead of encoded again. */
const keptTextLength = 64;
const keptTexts = 1024;

/** A buffer that grows as it is written. */
class ByteWriter {
  #bytes = new Uint8Array(256 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #texts = new Map<string, Uint8Array>();

  /** What was written since the last call. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  int8(value: number): void {
    this.#reserve(1);
    this.#view.setInt8(this.#length, value);
    this.#length += 1;
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#view.setInt16(this.#length, value);
    this.#length += 2;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#length, value);
    this.#length += 4;
  }

  /** A whole number within ±2^53 as 64 bits. */
  int64(value: number): void {
    this.#reserve(8);
    this.#view.setInt32(this.#length, Math.floor(value / 2 ** 32));
    this.#view.setUint32(this.#length + 4, value >>> 0);
    this.#length += 8;
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value);
    this.#length += 8;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  /** The size of `value` in UTF-8, in 32 bits, then its bytes. */
  text(value: string): void {
    const bytes = this.#encode(value);
    this.int32(bytes.byteLength);
    this.raw(bytes);
  }

  /** Most texts of a table come again in every row: the run, a phase, a state. */
  #encode(value: string): Uint8Array {
    if (value.length > keptTextLength) return Buffer.from(value, 'utf8');
    const known = this.#texts.get(value);
    if (known !== undefined) return known;
    const bytes = Buffer.from(value, 'utf8');
    if (this.#texts.size < keptTexts) this.#texts.set(value, bytes);
    return bytes;
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.byteLength) return;
    const larger = new Uint8Array(Math.max(this.#bytes.byteLength * 2, needed));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/**
 * Text that PostgreSQL accepts: it has no U+0000. Lone surrogates need nothing here, because UTF-8
 * encoding already makes them U+FFFD.
 */
const storableText = (value: string): string =>
  value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;

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
  out.text(storableText(String(value)));
}

function encodeJsonb(out: ByteWriter, value: unknown): void {
  const bytes = Buffer.from(storableJson(value), 'utf8');
  out.int32(bytes.byteLength + 1);
  out.int8(1); // version of jsonb's binary form
  out.raw(bytes);
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

type Encode = (out: ByteWriter, value: unknown) => void;

/** The encoder of one column, which refuses what does not fit it. */
function columnEncoder(column: ColumnSpec): Encode {
  const encode = encoders[column.type];
  return (out, value) => {
    if (!fitsColumn(column, value)) throw new RangeError(`${column.type} cannot hold ${String(value)}`);
    if (value === null) out.int32(-1);
    else encode(out, value);
  };
}

function encodeRow(
  out: ByteWriter,
  fields: readonly (readonly [string, Encode])[],
  row: Readonly<Record<string, unknown>>,
): void {
  let column = '';
  try {
    for (const [name, encode] of fields) {
      column = name;
      encode(out, row[name]);
    }
  } catch (cause) {
    throw new RangeError(`column ${column}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** Rows between two pieces: few enough to be a short turn of the event loop (some 3 ms). */
const rowsPerPiece = 1000;

/**
 * Rows in PostgreSQL's binary COPY format, version 1 (PostgreSQL manual, "COPY", "Binary Format"), in
 * pieces, so that one piece is on its way while the next is made.
 *
 * @param columns the columns in the order of the COPY statement's list
 * @throws RangeError that names the column when a value does not fit it
 */
export function* encodeCopy(
  columns: Readonly<Record<string, ColumnSpec>>,
  rows: readonly Readonly<Record<string, unknown>>[],
): Generator<Uint8Array<ArrayBuffer>> {
  const fields = Object.entries(columns).map(([name, column]) => [name, columnEncoder(column)] as const);
  const out = new ByteWriter();
  out.raw(copyHeader);
  for (const [i, row] of rows.entries()) {
    out.int16(fields.length);
    encodeRow(out, fields, row);
    if (i % rowsPerPiece === rowsPerPiece - 1) yield out.take();
  }
  out.raw(copyTrailer);
  yield out.take();
}
