import { weightsFromBytes } from './weights.js';

/** Of a signature's 256 float32 numbers. */
const signatureByteLength = 1024;

/**
 * Whether a value from outside is an update's signature: little-endian float32 of unit length or all zero, so
 * that each number is between -1 and 1, which the store counts on.
 */
export function isSignature(value: unknown): value is Uint8Array {
  return (
    value instanceof Uint8Array &&
    value.byteLength === signatureByteLength &&
    // NaN is in no range.
    weightsFromBytes(value).every((number) => number >= -1 && number <= 1)
  );
}
