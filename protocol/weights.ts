import { endianness } from 'node:os';

const littleEndianHost = endianness() === 'LE';

/** Weights as they travel: little-endian float32. Shares memory with `weights` on usual machines. */
export function weightsToBytes(weights: Float32Array): Uint8Array {
  const bytes = new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
  return littleEndianHost ? bytes : swapped(bytes);
}

/** The reverse of `weightsToBytes`; copies only where alignment or byte order asks for it. */
export function weightsFromBytes(bytes: Uint8Array): Float32Array {
  if (bytes.byteLength % 4 !== 0) throw new RangeError(`${bytes.byteLength} bytes are not float32 weights`);
  const ordered = littleEndianHost ? bytes : swapped(bytes);
  // A copy by constructor: `slice` of a Buffer shares its memory.
  const aligned = ordered.byteOffset % 4 === 0 ? ordered : new Uint8Array(ordered);
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

function swapped(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.from(bytes).swap32());
}
