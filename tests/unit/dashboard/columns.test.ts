import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeColumns, encodeColumns } from '#internal/dashboard/server/frames/columns.js';

const column = fc.oneof(
  fc.float64Array({ maxLength: 20 }),
  fc.float32Array({ maxLength: 20 }),
  fc.uint32Array({ maxLength: 20 }),
  fc.uint8Array({ maxLength: 20 }),
);
const name = fc.stringMatching(/^[a-z][a-z0-9_:]{0,12}$/);
const groups = fc.dictionary(name, fc.dictionary(name, column, { minKeys: 1, maxKeys: 5 }), { maxKeys: 4 });

describe('columnar messages', () => {
  it('come out as they went in, NaN and infinities too', () => {
    fc.assert(
      fc.property(groups, fc.string(), (sent, text) => {
        const bytes = encodeColumns({ header: { seq: 7, text }, groups: sent });
        expect(decodeColumns(bytes.buffer)).toEqual({ header: { seq: 7, text }, groups: sent });
      }),
      { seed: 1 },
    );
  });

  it.each([
    ['nothing', new ArrayBuffer(0)],
    ['other bytes', new TextEncoder().encode('{"type":"patch"}').buffer],
    ['a header that ends too soon', encodeColumns({ header: { a: 1 }, groups: {} }).slice(0, 12).buffer],
    [
      'columns that end too soon',
      encodeColumns({ header: {}, groups: { a: { b: new Float64Array(9) } } }).slice(0, -8).buffer,
    ],
  ])('are refused: %s', (_, buffer) => {
    expect(() => decodeColumns(buffer)).toThrow();
  });
});
