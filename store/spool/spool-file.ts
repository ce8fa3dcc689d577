import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Backlog } from '../backlog.js';
import { rowsOf, type TableCopy } from '../connection.js';
import { tableNames } from '../tables/index.js';

const magic = Buffer.from('MLSPOOL1', 'latin1');
/** Length and CRC-32 of a record's content, 32 bits each, little-endian. */
const recordHeaderBytes = 8;

const headSchema = z.array(
  z.object({
    table: z.enum(tableNames),
    columns: z.array(z.string()),
    rows: z.int().min(1),
    bytes: z.int().min(0),
  }),
);

/** A place in a spool: so many bytes, and batches, stand before it. */
export interface SpoolPlace {
  readonly offset: number;
  readonly batches: number;
}

export const spoolStart: SpoolPlace = { offset: magic.byteLength, batches: 0 };

interface SpooledBatch {
  readonly copies: readonly TableCopy[];
  /** The place behind it. */
  readonly end: SpoolPlace;
}

/** What is wrong with a spool. */
export interface SpoolDamage {
  /** Offset in the file from which nothing can be read. */
  readonly offset: number;
  /** Batches that are missing, as far as the spool's count tells. */
  readonly lostBatches: number;
  readonly reason: string;
}

/**
 * Batches on disk, in the order of their arrival: a file of records, each with its length and CRC-32,
 * and beside it a file with their count, by which a file that was cut between two records is seen to
 * be. A record is one batch as COPY data with its columns' names, so that a later version reads it too.
 */
export class SpoolFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #count: FileHandle;
  #bytes: number;
  #batches: number;
  #rows = 0;
  /** Batches that this process has appended and nobody has stored; the first is number `#batches - length`. */
  #waiting: { readonly rows: number; readonly at: number }[] = [];

  private constructor(path: string, file: FileHandle, count: FileHandle, bytes: number, batches: number) {
    this.path = path;
    this.#file = file;
    this.#count = count;
    this.#bytes = bytes;
    this.#batches = batches;
  }

  /** @throws where the file is there already or cannot be written */
  static async create(path: string): Promise<SpoolFile> {
    const file = await open(path, 'wx+');
    await file.write(magic);
    const count = await open(countPath(path), 'w+');
    await count.write(countBytes(0), 0, 4, 0);
    return new SpoolFile(path, file, count, magic.byteLength, 0);
  }

  /** Opens a spool that another process left. */
  static async open(path: string): Promise<SpoolFile> {
    const file = await open(path, 'r+');
    const count = await open(countPath(path), 'a+');
    const counted = Buffer.alloc(4);
    await count.read(counted, 0, 4, 0);
    const { size } = await file.stat();
    return new SpoolFile(path, file, count, size, counted.readUInt32LE());
  }

  get batches(): number {
    return this.#batches;
  }

  /** Rows appended by this process. */
  get rows(): number {
    return this.#rows;
  }

  /** Rows appended by this process that are not known to be stored. */
  backlog(): Backlog {
    return {
      rows: this.#waiting.reduce((sum, { rows }) => sum + rows, 0),
      since: this.#waiting[0]?.at,
    };
  }

  /** Notes that the database has all that stands before a place. */
  stored({ batches }: SpoolPlace): void {
    const left = Math.max(0, this.#batches - batches);
    if (left < this.#waiting.length) this.#waiting = this.#waiting.slice(this.#waiting.length - left);
  }

  /**
   * Adds a batch; it is on the disk when this resolves.
   * @throws the file system's error, such as ENOSPC; the file is then as before
   */
  async append(copies: readonly TableCopy[]): Promise<void> {
    const at = Date.now();
    const rows = rowsOf(copies);
    const record = encodeRecord(copies);
    try {
      await writeWhole(this.#file, record, this.#bytes);
      await this.#file.datasync();
    } catch (error) {
      // What was written of the record must not stand before the next one.
      await this.#file.truncate(this.#bytes).catch(() => undefined);
      throw error;
    }
    this.#bytes += record.byteLength;
    this.#batches++;
    this.#rows += rows;
    this.#waiting.push({ rows, at });
    // A crash between the two leaves the count too low, which hides no loss: the record itself is there.
    await this.#count.write(countBytes(this.#batches), 0, 4, 0);
    await this.#count.datasync();
  }

  /**
   * Goes through the batches that are there now, from a place in the file on.
   * @returns what is wrong with the rest, or undefined when every batch was there
   */
  async *read(from: SpoolPlace = spoolStart): AsyncGenerator<SpooledBatch, SpoolDamage | undefined> {
    const [bytes, batches] = [this.#bytes, this.#batches];
    const start = Buffer.alloc(magic.byteLength);
    await this.#file.read(start, 0, start.byteLength, 0);
    if (!start.equals(magic)) return this.#damage(spoolStart, 'it does not begin as a spool does');
    let place = from;
    while (place.offset < bytes) {
      const record = await this.#readRecord(place.offset);
      if (typeof record === 'string') return this.#damage(place, record);
      place = { offset: place.offset + record.bytes, batches: place.batches + 1 };
      yield { copies: record.copies, end: place };
    }
    return place.batches < batches ? this.#damage(place, 'it was cut after a record') : undefined;
  }

  async close(): Promise<void> {
    await Promise.all([this.#file.close(), this.#count.close()]);
  }

  async #readRecord(offset: number): Promise<{ copies: readonly TableCopy[]; bytes: number } | string> {
    const header = Buffer.alloc(recordHeaderBytes);
    const { bytesRead } = await this.#file.read(header, 0, recordHeaderBytes, offset);
    if (bytesRead < recordHeaderBytes) return 'a record’s header is cut';
    const length = header.readUInt32LE(0);
    if (offset + recordHeaderBytes + length > this.#bytes) return 'a record is cut';
    const content = Buffer.alloc(length);
    const read = await this.#file.read(content, 0, length, offset + recordHeaderBytes);
    if (read.bytesRead < length) return 'a record is cut';
    if (crc32(content) !== header.readUInt32LE(4)) return 'a record’s checksum is wrong';
    return { copies: decodeContent(content), bytes: recordHeaderBytes + length };
  }

  #damage({ offset, batches }: SpoolPlace, reason: string): SpoolDamage {
    // Where even the count is lost, what is there but cannot be read is one batch at the least.
    return { offset, reason, lostBatches: Math.max(this.#batches - batches, 1) };
  }
}

/** The file with a spool's count of batches. */
export const countPath = (path: string): string => `${path}.count`;

function countBytes(count: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(count);
  return bytes;
}

/** A disk that is about to be full takes a part without an error; only the next write says why. */
async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}

/** Length of the head in 32 bits, the head as JSON, then each table's COPY data. */
function encodeRecord(copies: readonly TableCopy[]): Buffer {
  const data = copies.map(({ pieces }) => Buffer.concat([...pieces]));
  const head = Buffer.from(
    JSON.stringify(
      copies.map(({ table, columns, rows }, i) => ({
        table,
        columns,
        rows,
        bytes: data[i]?.byteLength ?? 0,
      })),
    ),
  );
  const content = Buffer.concat([countBytes(head.byteLength), head, ...data]);
  const header = Buffer.alloc(recordHeaderBytes);
  header.writeUInt32LE(content.byteLength, 0);
  header.writeUInt32LE(crc32(content), 4);
  return Buffer.concat([header, content]);
}

function decodeContent(content: Buffer): TableCopy[] {
  let offset = 4 + content.readUInt32LE(0);
  return headSchema.parse(JSON.parse(content.toString('utf8', 4, offset))).map(({ bytes, ...copy }) => {
    const data = new Uint8Array(content.subarray(offset, offset + bytes));
    offset += bytes;
    return { ...copy, pieces: [data] };
  });
}
