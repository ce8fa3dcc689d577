import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FleetError, sha256 } from '#protocol';
import { parseIdx } from './idx.js';
import type { DatasetPart, ImageDatasetInfo } from './image-dataset-info.js';

const unzip = promisify(gunzip);

/** Dimensions that a part of a dataset must have. */
export function partDims(info: ImageDatasetInfo, part: DatasetPart): number[] {
  const count = part.startsWith('train') ? info.trainCount : info.testCount;
  if (part.endsWith('Labels')) return [count];
  const [height, width, channels] = info.inputShape;
  return channels === 1 ? [count, height, width] : [count, height, width, channels];
}

/**
 * Unpacks gzip (RFC 1952) up to a known size.
 * @throws FleetError DATASET_CORRUPT when it is not gzip, is cut off, or unpacks to more
 */
export async function unpack(bytes: Uint8Array, expectedBytes: number, file: string): Promise<Uint8Array> {
  try {
    return await unzip(bytes, { maxOutputLength: expectedBytes });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const reason =
      code === 'ERR_BUFFER_TOO_LARGE'
        ? `unpacks to more than ${expectedBytes} bytes`
        : `bad gzip: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new FleetError('DATASET_CORRUPT', `${file}: ${reason}`, { cause });
  }
}

/**
 * Checks the uncompressed bytes of a dataset's part: IDX form, dimensions, classes, SHA-256.
 * @param expected SHA-256 of the content; undefined where none is known
 * @throws FleetError DATASET_CORRUPT naming the file and what is wrong with it
 */
export function verifyPart(
  info: ImageDatasetInfo,
  part: DatasetPart,
  bytes: Uint8Array,
  file: string,
  expected: string | undefined = info.files[part].sha256,
): void {
  const idx = parseIdx(bytes, file);
  const dims = idx.dims.join('x');
  const expectedDims = partDims(info, part).join('x');
  if (dims !== expectedDims) {
    throw new FleetError('DATASET_CORRUPT', `${file}: dimensions ${dims}, expected ${expectedDims}`);
  }
  if (part.endsWith('Labels') && idx.data.some((label) => label >= info.classes)) {
    throw new FleetError('DATASET_CORRUPT', `${file}: a label beyond ${info.classes - 1}`);
  }
  if (expected !== undefined)
    verifyHash(bytes, expected, `${file}: hash mismatch: SHA-256 of the content is`);
}

/** Checks the gzip file of a part where its hash is the published one. @throws FleetError DATASET_CORRUPT */
export function verifyPacked(
  info: ImageDatasetInfo,
  part: DatasetPart,
  packed: Uint8Array,
  file: string,
): void {
  const expected = info.files[part].packedSha256;
  if (expected !== undefined) verifyHash(packed, expected, `${file}: hash mismatch: SHA-256 of the file is`);
}

function verifyHash(bytes: Uint8Array, expected: string, what: string): void {
  const actual = sha256(bytes);
  if (actual !== expected) throw new FleetError('DATASET_CORRUPT', `${what} ${actual}, expected ${expected}`);
}
