import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Chunk,
  ChunkAssembler,
  type ChunkOutcome,
  chunkSchema,
  maxChunkBytes,
  maxTransferBytes,
  randomStream,
  sha256,
  splitIntoChunks,
} from '#protocol';

/** Bytes that differ by seed; `size` need not be a multiple of the chunk size. */
function bytesOf(size: number, seed = 1): Uint8Array {
  const stream = randomStream(seed, 'sampling');
  return Uint8Array.from({ length: size }, () => stream.integer(0, 255));
}

const size = 2 * maxChunkBytes + 1000;
const bytes = bytesOf(size);
const kinds = (assembler: ChunkAssembler, chunks: readonly Chunk[]): ChunkOutcome['kind'][] =>
  chunks.map((chunk) => assembler.add(chunk).kind);

describe('splitIntoChunks', () => {
  it.each([1, maxChunkBytes - 1, maxChunkBytes, maxChunkBytes + 1, size])(
    'cuts %i bytes to fit',
    (length) => {
      const whole = bytes.subarray(0, length);
      const chunks = splitIntoChunks(whole, 3);
      expect(chunks).toHaveLength(Math.ceil(length / maxChunkBytes));
      expect(Buffer.concat(chunks.map((chunk) => chunk.bytes)).equals(whole)).toBe(true);
      for (const [index, chunk] of chunks.entries()) {
        expect(chunkSchema.safeParse(chunk).success).toBe(true);
        expect(chunk).toMatchObject({
          round: 3,
          index,
          count: chunks.length,
          total: length,
          sha256: sha256(whole),
        });
      }
    },
  );

  it('makes no chunk of nothing and no copy of anything', () => {
    expect(splitIntoChunks(new Uint8Array(0), 1)).toEqual([]);
    expect(splitIntoChunks(bytes, 1).every((chunk) => chunk.bytes.buffer === bytes.buffer)).toBe(true);
  });
});

describe('ChunkAssembler', () => {
  it('rejects a chunk that says another total than the transfer began with, where none is expected', () => {
    const assembler = new ChunkAssembler();
    const [first] = splitIntoChunks(bytes, 1);
    const [foreign] = splitIntoChunks(bytesOf(40 * maxChunkBytes), 1).slice(20);
    expect(assembler.add(first!)).toEqual({ kind: 'incomplete' });
    expect(assembler.add({ ...foreign!, sha256: first!.sha256 })).toMatchObject({ kind: 'rejected' });
  });

  it('puts any bytes together from chunks in any order, with any of them twice', () => {
    const longest = bytesOf(5 * maxChunkBytes);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 * maxChunkBytes }), fc.nat(), (length, seed) => {
        const whole = longest.subarray(0, length);
        const chunks = splitIntoChunks(whole, 1);
        const stream = randomStream(seed, 'shuffle');
        const order = stream.shuffle([...chunks.keys(), ...chunks.keys()]);
        const assembler = new ChunkAssembler(length);
        const outcomes = order.map((index) => assembler.add(chunks[index]!));
        const complete = outcomes.filter((outcome) => outcome.kind === 'complete');
        expect(complete).toHaveLength(1);
        expect(complete[0]).toMatchObject({ round: 1, sha256: sha256(whole) });
        expect(Buffer.from(complete[0]!.bytes).equals(whole)).toBe(true);
        expect(outcomes.filter((outcome) => outcome.kind === 'duplicate')).toHaveLength(chunks.length);
        expect(outcomes.some((outcome) => outcome.kind === 'rejected')).toBe(false);
      }),
      { numRuns: 15 },
    );
  });

  it('counts a chunk once, also after the end', () => {
    const assembler = new ChunkAssembler();
    const [a, b, c] = splitIntoChunks(bytes, 1) as [Chunk, Chunk, Chunk];
    expect(kinds(assembler, [a, a, b, b, c, c, a])).toEqual([
      'incomplete',
      'duplicate',
      'incomplete',
      'duplicate',
      'complete',
      'duplicate',
      'duplicate',
    ]);
  });

  it.each<[string, (chunk: Chunk) => Chunk, RegExp]>([
    ['a flipped bit', (c) => ({ ...c, bytes: c.bytes.map((b, i) => (i === 99 ? b ^ 1 : b)) }), /CRC-32/],
    ['a wrong CRC', (c) => ({ ...c, crc32: c.crc32 ^ 1 }), /CRC-32/],
    ['a missing byte', (c) => ({ ...c, bytes: c.bytes.subarray(1) }), /offset or length/],
    ['a byte too many', (c) => ({ ...c, bytes: Buffer.concat([c.bytes, Buffer.of(0)]) }), /offset or length/],
    ['another offset', (c) => ({ ...c, offset: c.offset + 1 }), /offset or length/],
    ['another index', (c) => ({ ...c, index: 0 }), /offset or length/],
    ['an index beyond the end', (c) => ({ ...c, index: 3 }), /count does not fit/],
    ['another count', (c) => ({ ...c, count: 4 }), /count does not fit/],
    ['another total', (c) => ({ ...c, total: c.total + 1 }), /expected/],
  ])('rejects a chunk with %s, and is none the worse for it', (_, damage, reason) => {
    const assembler = new ChunkAssembler(size);
    const [a, b, c] = splitIntoChunks(bytes, 1) as [Chunk, Chunk, Chunk];
    assembler.add(a);
    const outcome = assembler.add(damage(b));
    expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringMatching(reason) });
    expect(kinds(assembler, [b, c])).toEqual(['incomplete', 'complete']);
  });

  it('rejects a whole that is not what its hash says, and takes the right one after it', () => {
    const forged = splitIntoChunks(bytes, 1).map((chunk) => ({ ...chunk, sha256: 'f'.repeat(64) }));
    const assembler = new ChunkAssembler();
    expect(kinds(assembler, forged)).toEqual(['incomplete', 'incomplete', 'rejected']);
    expect(kinds(assembler, forged)).toEqual(['incomplete', 'incomplete', 'rejected']);
    expect(kinds(assembler, splitIntoChunks(bytes, 1))).toEqual(['incomplete', 'incomplete', 'complete']);
  });

  it('starts over with another transfer, of whatever round', () => {
    const assembler = new ChunkAssembler();
    const [first] = splitIntoChunks(bytes, 2) as [Chunk];
    assembler.add(first);
    const other = bytesOf(size, 2);
    const outcomes = splitIntoChunks(other, 2).map((chunk) => assembler.add(chunk));
    expect(outcomes.at(-1)).toMatchObject({ kind: 'complete', sha256: sha256(other) });
    expect(kinds(assembler, splitIntoChunks(bytes, 3))).toEqual(['incomplete', 'incomplete', 'complete']);
    expect(kinds(assembler, splitIntoChunks(bytes, 2))).toEqual(['incomplete', 'incomplete', 'complete']);
  });

  it('takes the same bytes again in a later round', () => {
    const assembler = new ChunkAssembler();
    expect(kinds(assembler, splitIntoChunks(bytes, 1)).at(-1)).toBe('complete');
    expect(kinds(assembler, splitIntoChunks(bytes, 2)).at(-1)).toBe('complete');
  });
});

describe('chunkSchema', () => {
  const [chunk] = splitIntoChunks(bytes, 1) as [Chunk];

  it.each<[string, Record<string, unknown>]>([
    ['a negative round', { round: -1 }],
    ['a fractional index', { index: 0.5 }],
    ['no chunks', { count: 0 }],
    ['a negative offset', { offset: -1 }],
    ['nothing to transfer', { total: 0 }],
    ['a transfer that no receiver has memory for', { total: maxTransferBytes + 1 }],
    ['a short hash', { sha256: 'abc' }],
    ['text for bytes', { bytes: 'abc' }],
    ['too many bytes', { bytes: new Uint8Array(maxChunkBytes + 1) }],
  ])('refuses %s', (_, change) => {
    expect(chunkSchema.safeParse(chunk).success).toBe(true);
    expect(chunkSchema.safeParse({ ...chunk, ...change }).success).toBe(false);
  });
});
