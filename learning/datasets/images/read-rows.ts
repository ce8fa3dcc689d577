import type { FileHandle } from 'node:fs/promises';
import { FleetError } from '#protocol';

/** Rows of equal length in a file, after a header. */
export interface RowFile {
  readonly handle: FileHandle;
  readonly path: string;
  readonly headerBytes: number;
  readonly rowBytes: number;
  readonly rows: number;
}

const windowBytes = 1 << 20;
// One system call costs about as much as copying this many bytes from the page cache.
const gapBytes = 32 * 1024;

/**
 * Reads the rows asked for, in the order asked for, by positional reads; rows that lie near each
 * other share a read.
 * @returns `indices.length * rowBytes` bytes
 * @throws RangeError for an index beyond the file; FleetError DATASET_CORRUPT when the file is short
 */
export async function readRows(file: RowFile, indices: Uint32Array): Promise<Uint8Array> {
  const { headerBytes, rowBytes, rows } = file;
  const rowAt = (position: number): number => indices[position] ?? 0;
  const order = Uint32Array.from(indices.keys());
  if (!isAscending(indices)) order.sort((a, b) => rowAt(a) - rowAt(b));
  const result = new Uint8Array(indices.length * rowBytes);
  let window = new Uint8Array(rowBytes);
  let start = 0;
  while (start < order.length) {
    const first = rowAt(order[start] ?? 0);
    let end = start + 1;
    let last = first;
    for (; end < order.length; end++) {
      const next = rowAt(order[end] ?? 0);
      const isFar = (next - last) * rowBytes > gapBytes;
      if (isFar || (next - first + 1) * rowBytes > windowBytes) break;
      last = next;
    }
    if (last >= rows) throw new RangeError(`row ${last} of ${file.path}, which has ${rows}`);
    const spanBytes = (last - first + 1) * rowBytes;
    // Rows of a small share lie far apart: a whole window would be memory that is never read into.
    if (spanBytes > window.byteLength) window = new Uint8Array(spanBytes);
    const span = window.subarray(0, spanBytes);
    await readFully(file, span, headerBytes + first * rowBytes);
    for (const position of order.subarray(start, end)) {
      const offset = (rowAt(position) - first) * rowBytes;
      result.set(span.subarray(offset, offset + rowBytes), position * rowBytes);
    }
    start = end;
  }
  return result;
}

/** Fills a buffer from a position of the file. */
export async function readFully(
  file: Pick<RowFile, 'handle' | 'path'>,
  into: Uint8Array,
  position: number,
): Promise<void> {
  let filled = 0;
  while (filled < into.byteLength) {
    const { bytesRead } = await file.handle.read(into, filled, into.byteLength - filled, position + filled);
    if (bytesRead === 0) {
      throw new FleetError('DATASET_CORRUPT', `${file.path}: truncated at byte ${position + filled}`);
    }
    filled += bytesRead;
  }
}

function isAscending(indices: Uint32Array): boolean {
  return indices.every((index, i) => i === 0 || index >= (indices[i - 1] ?? 0));
}
