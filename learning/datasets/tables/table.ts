import { FleetError, sha256 } from '#protocol';
import type { DatasetInfo } from '../dataset-info.js';

/** A table of numbers with one target a row, as read: neither scaled nor split. */
export interface Table {
  readonly task: DatasetInfo['task'];
  readonly featureNames: readonly string[];
  /** For classification: the classes by index. */
  readonly classNames: readonly string[];
  readonly rows: number;
  /** `rows` rows of one value a feature. */
  readonly features: Float64Array;
  /** `rows` class indices, or values for regression. */
  readonly target: Float64Array;
}

/** SHA-256 of all values as little-endian float64: the features, row after row, then the target. */
export function tableSha256({ features, target }: Table): string {
  return sha256(valueBytes(features, target));
}

type Header = Omit<Table, 'features' | 'target'>;

const headerLengthBytes = 4;

/** A table as one file of the cache: length of the header, header as JSON, values as in the hash. */
export function encodeTable({ features, target, ...header }: Table): Uint8Array {
  const text = Buffer.from(JSON.stringify(header satisfies Header));
  const length = new Uint8Array(headerLengthBytes);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return Buffer.concat([length, text, valueBytes(features, target)]);
}

/**
 * Reads what `encodeTable` wrote.
 * @throws FleetError DATASET_CORRUPT when the file is not whole
 */
export function decodeTable(bytes: Uint8Array, path: string): Table {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const valuesAt = headerLengthBytes + view.getUint32(0, true);
    const text = Buffer.from(bytes.subarray(headerLengthBytes, valuesAt)).toString();
    const header: Header = JSON.parse(text);
    const { rows } = header;
    const size = rows * header.featureNames.length;
    if (bytes.byteLength !== valuesAt + 8 * (size + rows)) throw new Error('of another size than it says');
    const values = Float64Array.from({ length: size + rows }, (_, i) =>
      view.getFloat64(valuesAt + 8 * i, true),
    );
    return { ...header, features: values.subarray(0, size), target: values.subarray(size) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('DATASET_CORRUPT', `${path}: ${reason}`, { cause });
  }
}

function valueBytes(...arrays: readonly Float64Array[]): Uint8Array {
  const bytes = new Uint8Array(8 * arrays.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) {
      view.setFloat64(at, array[i] ?? Number.NaN, true);
      at += 8;
    }
  }
  return bytes;
}
