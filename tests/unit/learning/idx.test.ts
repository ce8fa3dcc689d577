import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIdx, parseIdx } from '#learning';

const small = () => formatIdx([2, 1, 3], Uint8Array.of(1, 2, 3, 4, 5, 6));

describe('IDX', () => {
  it('reads the header that LeCun describes', () => {
    const bytes = Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]);
    expect(parseIdx(bytes)).toEqual({ dims: [3], data: Uint8Array.of(7, 8, 9) });
  });

  it('reads what it writes, also from the middle of a buffer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }),
        fc.nat(9),
        (dims, before) => {
          const data = Uint8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i % 251);
          const file = formatIdx(dims, data);
          const buffer = new Uint8Array(before + file.length);
          buffer.set(file, before);
          expect(parseIdx(buffer.subarray(before))).toEqual({ dims, data });
        },
      ),
    );
  });

  it.each([
    ['an empty file', Uint8Array.of(), /truncated: 0 bytes/],
    [
      'a foreign magic number',
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0),
      /not an IDX file: magic number 0x89504e47/,
    ],
    ['no dimensions', Uint8Array.of(0, 0, 8, 0), /not an IDX file/],
    ['floats', Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 0), /element type 0x0d/],
    ['half a header', small().subarray(0, 9), /truncated: 9 bytes, the header alone has 16/],
    ['missing data', small().subarray(0, 20), /truncated: 4 bytes of data, the header says 6/],
    ['surplus data', Uint8Array.of(...small(), 0, 0), /2 bytes too many/],
    [
      'dimensions beyond all memory',
      Uint8Array.of(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255),
      /truncated/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseIdx(bytes, 'train-images')).toThrow(
      expect.objectContaining({ code: 'DATASET_CORRUPT', message: expect.stringMatching(message) }),
    );
    expect(() => parseIdx(bytes, 'train-images')).toThrow(/train-images/);
  });
});
