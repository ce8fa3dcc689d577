import { FleetError } from '#protocol';

/** An IDX file of unsigned bytes, taken apart; `data` shares the memory of the parsed bytes. */
export interface IdxFile {
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

const unsignedByte = 0x08;

/** Bytes before the data of an IDX file with that many dimensions. */
export function idxHeaderBytes(dimensions: number): number {
  return 4 + 4 * dimensions;
}

/**
 * Reads the IDX format (LeCun, "The MNIST database", section FILE FORMATS): two zero bytes, a type
 * byte, the number of dimensions, each dimension as big-endian uint32, then the data.
 *
 * @param file how messages name the bytes
 * @throws FleetError DATASET_CORRUPT that says what is wrong
 * @example parseIdx(await readFile('train-labels-idx1-ubyte')).dims // [60000]
 */
export function parseIdx(bytes: Uint8Array, file = 'IDX data'): IdxFile {
  const corrupt = (reason: string) => new FleetError('DATASET_CORRUPT', `${file}: ${reason}`);
  if (bytes.byteLength < 4) throw corrupt(`truncated: ${bytes.byteLength} bytes, no room for a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const rank = magic & 0xff;
  if (magic >>> 16 !== 0 || rank === 0) {
    throw corrupt(`not an IDX file: magic number 0x${magic.toString(16).padStart(8, '0')}`);
  }
  const type = (magic >>> 8) & 0xff;
  if (type !== unsignedByte) {
    throw corrupt(`IDX element type 0x${type.toString(16).padStart(2, '0')}, expected 0x08 (unsigned byte)`);
  }
  const headerBytes = idxHeaderBytes(rank);
  if (bytes.byteLength < headerBytes) {
    throw corrupt(`truncated: ${bytes.byteLength} bytes, the header alone has ${headerBytes}`);
  }
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const expected = dims.reduce((product, dim) => product * dim, 1);
  const present = bytes.byteLength - headerBytes;
  if (present < expected) throw corrupt(`truncated: ${present} bytes of data, the header says ${expected}`);
  if (present > expected) {
    throw corrupt(`${present - expected} bytes too many: ${present} of data, the header says ${expected}`);
  }
  return { dims, data: bytes.subarray(headerBytes) };
}

/** Writes the IDX format; the reverse of `parseIdx`. */
export function formatIdx(dims: readonly number[], data: Uint8Array): Uint8Array {
  const headerBytes = idxHeaderBytes(dims.length);
  const bytes = new Uint8Array(headerBytes + data.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (unsignedByte << 8) | dims.length);
  dims.forEach((dim, i) => {
    view.setUint32(4 + 4 * i, dim);
  });
  bytes.set(data, headerBytes);
  return bytes;
}
