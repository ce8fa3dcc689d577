import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { sha256 } from './hash.js';

/** Largest payload of one chunk. Below the packet limits of common brokers. */
export const maxChunkBytes = 256 * 1024;
/** Largest whole transfer that a receiver sets memory aside for. */
export const maxTransferBytes = 1024 ** 3;

/** One piece of a model or update on the wire. `crc32` guards the piece, `sha256` the whole. */
export const chunkSchema = z.object({
  round: z.int32().nonnegative(),
  index: z.int().nonnegative(),
  count: z.int().positive(),
  offset: z.int().nonnegative(),
  total: z.int().positive().max(maxTransferBytes),
  crc32: z.int().nonnegative(),
  sha256: z.string().length(64),
  bytes: z.custom<Uint8Array>(
    (value) => value instanceof Uint8Array && value.byteLength <= maxChunkBytes,
    'not bytes, or too many',
  ),
});
export type Chunk = z.infer<typeof chunkSchema>;

/** Cuts bytes into chunks that share the memory of `bytes`; no bytes, no chunks. */
export function splitIntoChunks(bytes: Uint8Array, round: number): Chunk[] {
  const count = Math.ceil(bytes.byteLength / maxChunkBytes);
  const hash = sha256(bytes);
  return Array.from({ length: count }, (_, index) => {
    const offset = index * maxChunkBytes;
    const piece = bytes.subarray(offset, offset + maxChunkBytes);
    return {
      round,
      index,
      count,
      offset,
      total: bytes.byteLength,
      crc32: crc32(piece),
      sha256: hash,
      bytes: piece,
    };
  });
}

export type ChunkOutcome =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'complete'; readonly bytes: Uint8Array; readonly round: number; readonly sha256: string }
  | { readonly kind: 'rejected'; readonly reason: string };

/**
 * Puts one transfer together from chunks in any order. A chunk of another transfer (another round or hash)
 * starts over: which rounds are of use is for the receiver to say, who hands in no others.
 */
export class ChunkAssembler {
  readonly #expectedTotal: number | undefined;
  #buffer: Uint8Array = new Uint8Array(0);
  #seen = new Set<number>();
  #round = -1;
  #hash = '';
  #total = 0;
  #complete = false;

  /** @param expectedTotal bytes that a whole transfer must have, where the receiver knows it */
  constructor(expectedTotal?: number) {
    this.#expectedTotal = expectedTotal;
  }

  add(chunk: Chunk): ChunkOutcome {
    if (this.#expectedTotal !== undefined && chunk.total !== this.#expectedTotal) {
      return {
        kind: 'rejected',
        reason: `transfer of ${chunk.total} bytes, expected ${this.#expectedTotal}`,
      };
    }
    if (chunk.count !== Math.ceil(chunk.total / maxChunkBytes) || chunk.index >= chunk.count) {
      return { kind: 'rejected', reason: 'chunk count does not fit the total' };
    }
    const expectedLength = Math.min(maxChunkBytes, chunk.total - chunk.index * maxChunkBytes);
    if (chunk.offset !== chunk.index * maxChunkBytes || chunk.bytes.byteLength !== expectedLength) {
      return { kind: 'rejected', reason: 'chunk offset or length does not fit its index' };
    }
    if (crc32(chunk.bytes) !== chunk.crc32) return { kind: 'rejected', reason: 'CRC-32 mismatch' };
    if (chunk.round !== this.#round || chunk.sha256 !== this.#hash) this.#restart(chunk);
    if (chunk.total !== this.#total) {
      return { kind: 'rejected', reason: `transfer of ${chunk.total} bytes, begun as one of ${this.#total}` };
    }
    if (this.#complete || this.#seen.has(chunk.index)) return { kind: 'duplicate' };
    this.#buffer.set(chunk.bytes, chunk.offset);
    this.#seen.add(chunk.index);
    if (this.#seen.size < chunk.count) return { kind: 'incomplete' };
    const bytes = this.#buffer;
    this.#buffer = new Uint8Array(0);
    if (sha256(bytes) !== chunk.sha256) {
      this.#hash = '';
      return { kind: 'rejected', reason: 'SHA-256 mismatch' };
    }
    this.#complete = true;
    return { kind: 'complete', bytes, round: chunk.round, sha256: chunk.sha256 };
  }

  #restart(chunk: Chunk): void {
    this.#round = chunk.round;
    this.#hash = chunk.sha256;
    this.#total = chunk.total;
    this.#buffer = new Uint8Array(chunk.total);
    this.#seen = new Set();
    this.#complete = false;
  }
}
