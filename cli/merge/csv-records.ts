import { FleetError } from '#protocol';

/** Records of a CSV file as they stand in memory. Valid until the next batch is asked for. */
export interface RecordBatch {
  readonly bytes: Uint8Array;
  /** Fields a record has. */
  readonly width: number;
  readonly count: number;
  /**
   * Start and end of every field, with its quotes if it has any: field `f` of record `r` is
   * `bytes[offsets[2 * (r * width + f)]]` up to, without, `bytes[offsets[2 * (r * width + f) + 1]]`.
   */
  readonly offsets: Uint32Array;
  /** Line of the file, from 1, on which a record of this batch begins. */
  lineOf(record: number): number;
}

const quote = 0x22;
const comma = 0x2c;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** A longer record is taken for a quote that was never closed. */
const maxRecordBytes = 64 * 2 ** 20;

/**
 * Finds the records and fields of a CSV file (RFC 4180; UTF-8; lines may end in LF or CR LF; empty
 * lines are skipped), without decoding any: most of what a merge does is to copy bytes. Memory is
 * bounded by a chunk and the longest record.
 *
 * @param chunks the file's bytes
 * @param name how the file is called in errors
 * @throws FleetError CSV_INVALID with the line: quotes that do not match, or a record with more or
 *   fewer fields than the first one
 */
export async function* csvRecords(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<RecordBatch> {
  const scanner = new Scanner(name);
  let rest: Uint8Array = new Uint8Array(0);
  let isBeginning = true;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    // A byte order mark is no part of the first column's name.
    const start = isBeginning && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    const end = scanner.scan(bytes, start, false);
    isBeginning &&= end === 0;
    if (scanner.count > 0) yield scanner.batch(bytes);
    if (bytes.length - end > maxRecordBytes) throw scanner.refuse('a record is longer than 64 MiB');
    rest = bytes.subarray(end);
  }
  scanner.scan(rest, 0, true);
  if (scanner.count > 0) yield scanner.batch(rest);
}

class Scanner {
  readonly #name: string;
  #width = 0;
  #offsets = new Uint32Array(1 << 14);
  #used = 0;
  /** The line on which the next record begins. */
  #line = 1;
  /** The line on which each record of the batch begins. */
  #lines = new Uint32Array(1 << 10);
  count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  batch(bytes: Uint8Array): RecordBatch {
    const lines = this.#lines;
    return {
      bytes,
      width: this.#width,
      count: this.count,
      offsets: this.#offsets,
      lineOf: (record) => lines[record] ?? 0,
    };
  }

  refuse(why: string): FleetError {
    return new FleetError('CSV_INVALID', `${this.#name}:${this.#line}: ${why}`);
  }

  /**
   * Gathers the whole records of `bytes` from `start` on.
   * @returns where the first record begins that is not whole
   */
  scan(bytes: Uint8Array, start: number, isLast: boolean): number {
    this.count = 0;
    this.#used = 0;
    let recordStart = start;
    while (recordStart < bytes.length) {
      const next = this.#scanRecord(bytes, recordStart, isLast);
      if (next === undefined) return recordStart;
      recordStart = next;
    }
    return recordStart;
  }

  /** @returns where the next record begins; undefined when this one is not whole */
  #scanRecord(bytes: Uint8Array, recordStart: number, isLast: boolean): number | undefined {
    const { length } = bytes;
    const firstOffset = this.#used;
    let newlines = 1;
    let at = recordStart;
    for (;;) {
      const fieldStart = at;
      let fieldEnd: number;
      if (bytes[at] === quote) {
        at++;
        for (;;) {
          if (at >= length) {
            if (isLast) throw this.refuse('a quote is not closed');
            this.#used = firstOffset;
            return undefined;
          }
          const byte = bytes[at++];
          if (byte === lineFeed) newlines++;
          if (byte !== quote) continue;
          if (bytes[at] !== quote) break;
          at++;
        }
        fieldEnd = at;
        if (bytes[at] === carriageReturn) at++;
      } else {
        while (at < length && bytes[at] !== comma && bytes[at] !== lineFeed) at++;
        fieldEnd = at > fieldStart && bytes[at - 1] === carriageReturn && bytes[at] !== comma ? at - 1 : at;
      }
      if (at >= length && !isLast) {
        // The rest of the field, or the second of two quotes, may be in the next chunk.
        this.#used = firstOffset;
        return undefined;
      }
      this.#push(fieldStart, fieldEnd);
      if (at >= length || bytes[at] === lineFeed) break;
      if (bytes[at] !== comma) throw this.refuse('text after a closing quote');
      at++;
    }
    this.#endRecord(recordStart, at, firstOffset);
    this.#line += newlines;
    return at + 1;
  }

  #endRecord(start: number, end: number, firstOffset: number): void {
    const width = (this.#used - firstOffset) / 2;
    const isEmpty = width === 1 && end - start <= 1 && this.#offsets[firstOffset + 1] === start;
    if (isEmpty && this.#width !== 1) {
      this.#used = firstOffset;
      return;
    }
    this.#width ||= width;
    if (width !== this.#width) {
      throw this.refuse(`${width} fields, where the header has ${this.#width}`);
    }
    if (this.count === this.#lines.length) this.#lines = grown(this.#lines);
    this.#lines[this.count++] = this.#line;
  }

  #push(start: number, end: number): void {
    if (this.#used === this.#offsets.length) this.#offsets = grown(this.#offsets);
    this.#offsets[this.#used++] = start;
    this.#offsets[this.#used++] = end;
  }
}

function grown(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** The text of one field, without its quotes. */
export function fieldText(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}

/** Records of a CSV file as texts, with the line on which each begins, for files that are small. */
export async function* csvTexts(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<{ line: number; fields: string[] }> {
  for await (const { bytes, offsets, width, count, lineOf } of csvRecords(chunks, name)) {
    for (let record = 0; record < count; record++) {
      const fields = Array.from({ length: width }, (_, field) => {
        const at = 2 * (record * width + field);
        return fieldText(bytes, offsets[at] ?? 0, offsets[at + 1] ?? 0);
      });
      yield { line: lineOf(record), fields };
    }
  }
}
