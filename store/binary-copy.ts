import { acceptsType, type ColumnSpec, type ColumnType } from './columns.js';

/** PostgreSQL counts timestamps from 2000-01-01. */
const postgresEpochMs = Date.UTC(2000, 0, 1);
const int4Oid = 23;
export const copySignature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, no flags, no extension. In memory of its own, because a message to a thread clones all of it. */
export const copyHeader = Uint8Array.from([...copySignature, ...new Uint8Array(8)]);
/** Stands where a row would tell its number of fields. */
export const copyTrailer = Uint8Array.of(0xff, 0xff);

/** Longest text, in characters, and most texts whose bytes are kept, to be copied instead of encoded again. */
const keptTextLength = 64;
const keptTexts = 1024;

/** A buffer that grows as it is written. */
class ByteWriter {
  #bytes = new Uint8Array(16 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #texts = new Map<string, Uint8Array>();

  get length(): number {
    return this.#length;
  }

  /** Forgets what was written after the first `length` bytes. */
  rewind(length: number): void {
    this.#length = length;
  }

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

  /** A 32-bit field: its length, then its value. */
  int32Field(value: number): void {
    this.#reserve(8);
    this.#view.setInt32(this.#length, 4);
    this.#view.setInt32(this.#length + 4, value);
    this.#length += 8;
  }

  /** A 64-bit field of a whole number within ±2^53. */
  int64Field(value: number): void {
    this.#reserve(12);
    this.#view.setInt32(this.#length, 8);
    this.#view.setInt32(this.#length + 4, Math.floor(value / 2 ** 32));
    this.#view.setUint32(this.#length + 8, value >>> 0);
    this.#length += 12;
  }

  float64Field(value: number): void {
    this.#reserve(12);
    this.#view.setInt32(this.#length, 8);
    this.#view.setFloat64(this.#length + 4, value);
    this.#length += 12;
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

/** One encoder a type; each is given only values that its type accepts. */
const encoders: Readonly<Record<ColumnType, (out: ByteWriter, value: unknown) => void>> = {
  text: encodeText,
  bool: (out, value) => {
    out.int32(1);
    out.int8(value === true ? 1 : 0);
  },
  int4: (out, value) => out.int32Field(Number(value)),
  int8: (out, value) => out.int64Field(Number(value)),
  float8: (out, value) => out.float64Field(Number(value)),
  timestamptz: (out, value) => out.int64Field(Math.round((Number(value) - postgresEpochMs) * 1000)),
  jsonb: encodeJsonb,
  'int4[]': encodeInt4Array,
};

type Encode = (out: ByteWriter, value: unknown) => void;

/** The encoder of one column, which refuses what does not fit it. */
function columnEncoder({ type, nullable }: ColumnSpec): Encode {
  const encode = encoders[type];
  const accepts = acceptsType(type);
  return (out, value) => {
    if (value === null && nullable === true) out.int32(-1);
    else if (value !== null && accepts(value)) encode(out, value);
    else throw new RangeError(`${type} cannot hold ${String(value)}`);
  };
}

type AnyRow = Readonly<Record<string, unknown>>;

/** A piece is complete from so many bytes on: one write to a socket, some 1,500 rows of telemetry. */
const pieceBytes = 256 * 1024;

/** Where an encoder stands, to come back to. */
export interface EncoderMark {
  readonly rows: number;
  readonly bytes: number;
}

/** Encodes rows as they come in PostgreSQL's binary COPY format, without header and trailer. */
export class RowEncoder {
  readonly #fields: readonly (readonly [string, Encode])[];
  readonly #out = new ByteWriter();
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #rows = 0;

  /** @param columns the columns in the order of the COPY statement's list */
  constructor(columns: Readonly<Record<string, ColumnSpec>>) {
    this.#fields = Object.entries(columns).map(([name, column]) => [name, columnEncoder(column)]);
  }

  /** Rows since the last `take`. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Encodes one row.
   * @throws RangeError that names the column when a value does not fit it; then call `rewind`
   */
  add(row: AnyRow): void {
    const out = this.#out;
    let column = '';
    out.int16(this.#fields.length);
    try {
      for (const [name, encode] of this.#fields) {
        column = name;
        encode(out, row[name]);
      }
    } catch (cause) {
      throw new RangeError(`column ${column}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
    this.#rows++;
  }

  /** Moves the rows of another encoder, of the same columns, behind these. */
  absorb(other: RowEncoder): void {
    this.#rows += other.rows;
    this.#pieces.push(this.#out.take(), ...other.take());
  }

  /** The place that `rewind` comes back to; only the latest one is good. */
  mark(): EncoderMark {
    if (this.#out.length >= pieceBytes) this.#pieces.push(this.#out.take());
    return { rows: this.#rows, bytes: this.#out.length };
  }

  /** Forgets what was added after the mark. */
  rewind({ rows, bytes }: EncoderMark): void {
    this.#rows = rows;
    this.#out.rewind(bytes);
  }

  /** The rows since the last call, as pieces that share no memory with the encoder. */
  take(): Uint8Array<ArrayBuffer>[] {
    const pieces = this.#pieces;
    pieces.push(this.#out.take());
    this.#pieces = [];
    this.#rows = 0;
    return pieces;
  }
}

/** Rows between two pieces of a generated stream. */
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
  rows: readonly AnyRow[],
): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new RowEncoder(columns);
  yield copyHeader;
  for (const [i, row] of rows.entries()) {
    encoder.add(row);
    if (i % rowsPerPiece === rowsPerPiece - 1) yield* encoder.take();
  }
  yield* encoder.take();
  yield copyTrailer;
}
