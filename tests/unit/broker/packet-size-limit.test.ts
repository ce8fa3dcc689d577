import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketSizeLimit } from '#internal/broker/packet-size-limit.js';

/** An MQTT packet with a body of `length` bytes, which all look like headers of huge packets. */
function packet(length: number): Buffer {
  const header = [0x30];
  let rest = length;
  do {
    header.push((rest % 128) | (rest >= 128 ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(length, 0xff)]);
}

/** Feeds bytes in pieces of the given sizes, over and over; the index of the refused piece or -1. */
function refusedAt(limit: PacketSizeLimit, bytes: Buffer, sizes: readonly number[]): number {
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length]!;
    if (!limit.accepts(bytes.subarray(at, at + size))) return piece;
    at += size;
  }
  return -1;
}

const pieces = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 });

describe('PacketSizeLimit', () => {
  it('accepts packets up to the limit, however they are cut', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(lengths, pieces, (sizes, cuts) => {
        expect(refusedAt(new PacketSizeLimit(300), Buffer.concat(sizes.map(packet)), cuts)).toBe(-1);
      }),
    );
  });

  it('refuses a packet over the limit by its header alone, however it is cut', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 301, max: 100_000 }), pieces, (sizes, tooLong, cuts) => {
        const before = Buffer.concat(sizes.map(packet));
        const header = packet(tooLong).subarray(0, packet(tooLong).length - tooLong);
        expect(refusedAt(new PacketSizeLimit(300), Buffer.concat([before, header]), cuts)).not.toBe(-1);
      }),
    );
  });

  it('is exact at the limit', () => {
    expect(new PacketSizeLimit(1000).accepts(packet(1000))).toBe(true);
    expect(new PacketSizeLimit(1000).accepts(packet(1001))).toBe(false);
  });

  it('refuses a length of more than four bytes', () => {
    expect(new PacketSizeLimit(300).accepts(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]))).toBe(true);
    expect(new PacketSizeLimit(300).accepts(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x00]))).toBe(false);
  });
});
