import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weightsFromBytes, weightsToBytes } from '#protocol';

describe('weights as bytes', () => {
  it('come back bit for bit, NaN payloads and signed zeros included', () => {
    fc.assert(
      fc.property(fc.uint32Array({ maxLength: 64 }), (bits) => {
        const weights = new Float32Array(bits.slice().buffer);
        const back = weightsFromBytes(Uint8Array.from(weightsToBytes(weights)));
        expect(new Uint32Array(back.buffer, back.byteOffset, back.length)).toEqual(bits);
      }),
    );
  });

  it('are little-endian float32', () => {
    expect([...weightsToBytes(Float32Array.of(1, -2))]).toEqual([0, 0, 128, 63, 0, 0, 0, 192]);
  });

  it('of a part are that part', () => {
    const part = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    expect([...weightsFromBytes(weightsToBytes(part))]).toEqual([2, 3]);
  });

  it.each([0, 1, 2, 3])('are read at offset %i, of an array and of a buffer', (offset) => {
    const bytes = weightsToBytes(Float32Array.of(1.5, -2.25));
    const shifted = new Uint8Array(bytes.length + offset);
    shifted.set(bytes, offset);
    const view = shifted.subarray(offset);
    const buffer = Buffer.from(shifted.buffer, offset);
    expect([...weightsFromBytes(view)]).toEqual([1.5, -2.25]);
    expect([...weightsFromBytes(buffer)]).toEqual([1.5, -2.25]);
  });

  it('must be whole numbers of float32', () => {
    expect(() => weightsFromBytes(new Uint8Array(7))).toThrow(RangeError);
    expect(weightsFromBytes(new Uint8Array(0))).toHaveLength(0);
  });
});
