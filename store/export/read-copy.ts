import { copyHeader, copySignature } from '../binary-copy.js';
import type { NamedColumn } from '../columns.js';
import type { ColumnBatch } from './column-batch.js';
import { createColumnBuilder } from './column-builders.js';

/**
 * Reads PostgreSQL's binary COPY format (PostgreSQL manual, "COPY", "Binary Format") into batches of
 * columns. Memory is bounded by one batch and one chunk.
 *
 * @param chunks one COPY stream, cut anywhere
 * @param columns what the stream's fields are, in their order
 * @param batchRows rows of every batch but the last
 * @throws RangeError when the stream is not in that format, has other columns or ends early
 */
export async function* readCopy(
  chunks: AsyncIterable<Uint8Array>,
  columns: readonly NamedColumn[],
  batchRows: number,
): AsyncGenerator<ColumnBatch> {
  const builders = columns.map((column) => createColumnBuilder(column, batchRows));
  const take = (rows: number): ColumnBatch => ({ rows, columns: builders.map((b) => b.take(rows)) });
  let rest: Buffer = Buffer.alloc(0);
  let started = false;
  let ended = false;
  let row = 0;
  for await (const chunk of chunks) {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const bytes = rest.length === 0 ? fresh : Buffer.concat([rest, fresh]);
    let offset = 0;
    if (!started) {
      const start = startOfRows(bytes);
      if (start === undefined) {
        rest = bytes;
        continue;
      }
      offset = start;
      started = true;
    }
    while (!ended) {
      const end = endOfRow(bytes, offset, columns.length);
      if (end === undefined) break;
      if (end === 'trailer') {
        ended = true;
        break;
      }
      let field = offset + 2;
      for (const builder of builders) {
        const length = bytes.readInt32BE(field);
        field += 4;
        if (length === -1) {
          builder.appendNull(row);
        } else {
          builder.append(row, bytes, field, length);
          field += length;
        }
      }
      offset = end;
      row++;
      if (row === batchRows) {
        yield take(row);
        row = 0;
      }
    }
    rest = bytes.subarray(offset);
  }
  if (!ended) throw new RangeError('the stream of rows ended early');
  if (row > 0) yield take(row);
}

/** Offset of the first row, or undefined while the header is not all there. */
function startOfRows(bytes: Buffer): number | undefined {
  if (bytes.length < copyHeader.length) return undefined;
  if (!bytes.subarray(0, copySignature.length).equals(copySignature))
    throw new RangeError('not a binary COPY stream');
  const start = copyHeader.length + bytes.readInt32BE(copySignature.length + 4);
  return bytes.length < start ? undefined : start;
}

/** Offset after the row, `trailer` where there is no further row, undefined when the row is cut off. */
function endOfRow(bytes: Buffer, offset: number, columns: number): number | 'trailer' | undefined {
  if (offset + 2 > bytes.length) return undefined;
  const fields = bytes.readInt16BE(offset);
  if (fields === -1) return 'trailer';
  if (fields !== columns) throw new RangeError(`a row of ${fields} fields instead of ${columns}`);
  let end = offset + 2;
  for (let i = 0; i < fields; i++) {
    if (end + 4 > bytes.length) return undefined;
    const length = bytes.readInt32BE(end);
    end += 4 + Math.max(0, length);
  }
  return end > bytes.length ? undefined : end;
}
