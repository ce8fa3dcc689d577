import type { NamedColumn } from '../columns.js';
import type { ColumnData } from './column-batch.js';
import { TextCache } from './text-cache.js';

/** PostgreSQL counts timestamps from 2000-01-01, in microseconds. */
const postgresEpochUs = Date.UTC(2000, 0, 1) * 1000;

/** Collects the values of one column from fields in PostgreSQL's binary form. */
export abstract class ColumnBuilder {
  protected readonly capacity: number;
  #valid: Uint8Array | undefined;

  /** @param capacity rows that it holds at most */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Takes the field of `row`, `length` bytes from `offset`. */
  abstract append(row: number, bytes: Buffer, offset: number, length: number): void;

  appendNull(row: number): void {
    this.#valid ??= new Uint8Array(this.capacity).fill(1);
    this.#valid[row] = 0;
  }

  /** The first `rows` values; the builder begins anew. */
  abstract take(rows: number): ColumnData;

  protected takeValid(rows: number): Uint8Array | undefined {
    const valid = this.#valid?.subarray(0, rows);
    this.#valid = undefined;
    return valid;
  }
}

class TextBuilder extends ColumnBuilder {
  readonly #name: string;
  readonly #type: 'text' | 'jsonb';
  /** Bytes before the text: jsonb's binary form begins with its version. */
  readonly #skip: number;
  readonly #texts = new TextCache();
  #values: string[] = [];

  constructor(name: string, type: 'text' | 'jsonb', capacity: number) {
    super(capacity);
    this.#name = name;
    this.#type = type;
    this.#skip = type === 'jsonb' ? 1 : 0;
  }

  append(row: number, bytes: Buffer, offset: number, length: number): void {
    this.#values[row] = this.#texts.decode(bytes, offset + this.#skip, length - this.#skip);
  }

  override appendNull(row: number): void {
    super.appendNull(row);
    this.#values[row] = '';
  }

  take(rows: number): ColumnData {
    const values = this.#values;
    this.#values = [];
    return { name: this.#name, type: this.#type, values, valid: this.takeValid(rows) };
  }
}

class BoolBuilder extends ColumnBuilder {
  readonly #name: string;
  #values: Uint8Array;

  constructor(name: string, capacity: number) {
    super(capacity);
    this.#name = name;
    this.#values = new Uint8Array(capacity);
  }

  append(row: number, bytes: Buffer, offset: number): void {
    this.#values[row] = bytes[offset] ?? 0;
  }

  take(rows: number): ColumnData {
    const values = this.#values.subarray(0, rows);
    this.#values = new Uint8Array(this.capacity);
    return { name: this.#name, type: 'bool', values, valid: this.takeValid(rows) };
  }
}

class Int4Builder extends ColumnBuilder {
  readonly #name: string;
  #values: Int32Array;

  constructor(name: string, capacity: number) {
    super(capacity);
    this.#name = name;
    this.#values = new Int32Array(capacity);
  }

  append(row: number, bytes: Buffer, offset: number): void {
    this.#values[row] = bytes.readInt32BE(offset);
  }

  take(rows: number): ColumnData {
    const values = this.#values.subarray(0, rows);
    this.#values = new Int32Array(this.capacity);
    return { name: this.#name, type: 'int4', values, valid: this.takeValid(rows) };
  }
}

/** 64-bit integers, written as two words: making a BigInt for each would take most of the time. */
class Int8Builder extends ColumnBuilder {
  readonly #name: string;
  readonly #type: 'int8' | 'timestamptz';
  #words: Int32Array<ArrayBuffer>;

  constructor(name: string, type: 'int8' | 'timestamptz', capacity: number) {
    super(capacity);
    this.#name = name;
    this.#type = type;
    this.#words = new Int32Array(2 * capacity);
  }

  append(row: number, bytes: Buffer, offset: number): void {
    const high = bytes.readInt32BE(offset);
    const low = bytes.readInt32BE(offset + 4);
    if (this.#type === 'int8') {
      this.#set(row, high, low);
    } else {
      // Exact: the store takes no time beyond 2^53 microseconds.
      const us = high * 2 ** 32 + (low >>> 0) + postgresEpochUs;
      this.#set(row, Math.floor(us / 2 ** 32), us);
    }
  }

  take(rows: number): ColumnData {
    const values = new BigInt64Array(this.#words.buffer, 0, rows);
    this.#words = new Int32Array(2 * this.capacity);
    return { name: this.#name, type: this.#type, values, valid: this.takeValid(rows) };
  }

  /** Of `low` the lowest 32 bits count. */
  #set(row: number, high: number, low: number): void {
    this.#words[2 * row] = littleEndian ? low : high;
    this.#words[2 * row + 1] = littleEndian ? high : low;
  }
}

/** Whether the lower of two 32-bit words comes first in memory. */
export const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

class Float8Builder extends ColumnBuilder {
  readonly #name: string;
  #values: Float64Array;

  constructor(name: string, capacity: number) {
    super(capacity);
    this.#name = name;
    this.#values = new Float64Array(capacity);
  }

  append(row: number, bytes: Buffer, offset: number): void {
    this.#values[row] = bytes.readDoubleBE(offset);
  }

  take(rows: number): ColumnData {
    const values = this.#values.subarray(0, rows);
    this.#values = new Float64Array(this.capacity);
    return { name: this.#name, type: 'float8', values, valid: this.takeValid(rows) };
  }
}

class Int4ArrayBuilder extends ColumnBuilder {
  readonly #name: string;
  #values: (readonly number[])[] = [];

  constructor(name: string, capacity: number) {
    super(capacity);
    this.#name = name;
  }

  append(row: number, bytes: Buffer, offset: number): void {
    this.#values[row] = readInt4Array(bytes, offset);
  }

  override appendNull(row: number): void {
    super.appendNull(row);
    this.#values[row] = [];
  }

  take(rows: number): ColumnData {
    const values = this.#values;
    this.#values = [];
    return { name: this.#name, type: 'int4[]', values, valid: this.takeValid(rows) };
  }
}

/**
 * PostgreSQL's array_send: dimensions, null flag and element type; a size and a lower bound a dimension;
 * then each element with its length. The store writes one dimension without nulls, or none for [].
 */
function readInt4Array(bytes: Buffer, offset: number): number[] {
  const dimensions = bytes.readInt32BE(offset);
  if (dimensions === 0) return [];
  if (dimensions !== 1 || bytes.readInt32BE(offset + 4) !== 0) {
    throw new RangeError('an array of several dimensions or with nulls');
  }
  const size = bytes.readInt32BE(offset + 12);
  return Array.from({ length: size }, (_, i) => bytes.readInt32BE(offset + 24 + 8 * i));
}

/** A builder for a column's values. */
export function createColumnBuilder({ name, type }: NamedColumn, capacity: number): ColumnBuilder {
  switch (type) {
    case 'text':
    case 'jsonb':
      return new TextBuilder(name, type, capacity);
    case 'bool':
      return new BoolBuilder(name, capacity);
    case 'int4':
      return new Int4Builder(name, capacity);
    case 'int8':
    case 'timestamptz':
      return new Int8Builder(name, type, capacity);
    case 'float8':
      return new Float8Builder(name, capacity);
    case 'int4[]':
      return new Int4ArrayBuilder(name, capacity);
  }
}
