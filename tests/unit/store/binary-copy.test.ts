import { describe, expect, it } from 'vitest';
import { encodeCopy as encodePieces } from '#internal/store/binary-copy.js';
import type { ColumnSpec } from '#internal/store/columns.js';

const encodeCopy = (...given: Parameters<typeof encodePieces>) => Buffer.concat([...encodePieces(...given)]);

const column = (type: ColumnSpec['type'], nullable = false): ColumnSpec => ({
  type,
  provenance: 'measured',
  description: '',
  ...(nullable ? { nullable: true } : {}),
});

/** What lies between the header and the trailer, for one row of one column. */
function field(type: ColumnSpec['type'], value: unknown): string {
  const bytes = encodeCopy({ a: column(type, true) }, [{ a: value }]);
  expect(bytes.subarray(0, 19).toString('hex')).toBe(
    `${Buffer.from('PGCOPY\n').toString('hex')}ff0d0a000000000000000000`,
  );
  expect(bytes.subarray(19, 21).toString('hex')).toBe('0001');
  expect(bytes.subarray(-2).toString('hex')).toBe('ffff');
  return bytes.subarray(21, -2).toString('hex');
}

// That the server reads them as meant is tested in tests/contract/store.test.ts.
describe('encodeCopy', () => {
  it.each<[ColumnSpec['type'], unknown, string]>([
    ['text', null, 'ffffffff'],
    ['text', '', '00000000'],
    ['text', 'ü🙂', '00000006c3bcf09f9982'],
    ['text', 'a\0b', '0000000561efbfbd62'],
    ['bool', true, '0000000101'],
    ['bool', false, '0000000100'],
    ['int4', -2, '00000004fffffffe'],
    ['int8', -2, '00000008fffffffffffffffe'],
    ['int8', 2 ** 32 + 5, '000000080000000100000005'],
    ['int8', -(2 ** 32), '00000008ffffffff00000000'],
    ['int8', Number.MAX_SAFE_INTEGER, '00000008001fffffffffffff'],
    ['int8', Number.MIN_SAFE_INTEGER, '00000008ffe0000000000001'],
    ['float8', 1.5, '000000083ff8000000000000'],
    ['timestamptz', Date.UTC(2000, 0, 1), '000000080000000000000000'],
    ['timestamptz', Date.UTC(2000, 0, 1) + 0.001, '000000080000000000000001'],
    ['timestamptz', Date.UTC(1999, 11, 31, 23, 59, 59, 999), '00000008fffffffffffffc18'],
    ['jsonb', { a: 'é' }, `0000000b01${Buffer.from('{"a":"é"}').toString('hex')}`],
    ['jsonb', '\\u0000', `0000000a01${Buffer.from('"\\\\u0000"').toString('hex')}`],
    ['jsonb', '\0', '000000060122efbfbd22'],
    ['int4[]', [], '0000000c000000000000000000000017'],
    ['int4[]', [7], '0000001c00000001000000000000001700000001000000010000000400000007'],
  ])('%s of %j', (type, value, bytes) => {
    expect(field(type, value)).toBe(bytes);
  });

  it.each<[ColumnSpec['type'], unknown]>([
    ['text', 1],
    ['text', undefined],
    ['bool', 1],
    ['int4', 2 ** 31],
    ['int4', -(2 ** 31) - 1],
    ['int4', 0.5],
    ['int4', '1'],
    ['int4', Number.NaN],
    ['int8', 2 ** 53],
    ['float8', '1'],
    ['timestamptz', Number.NaN],
    ['timestamptz', new Date()],
    ['timestamptz', 1e15],
    ['jsonb', undefined],
    ['jsonb', () => 1],
    ['int4[]', [1, 2.5]],
    ['int4[]', [null]],
    ['int4[]', '1'],
  ])('refuses for %s: %s', (type, value) => {
    expect(() => encodeCopy({ a: column(type) }, [{ a: value }])).toThrow(/^column a: /);
  });

  it('refuses null where the column does', () => {
    expect(() => encodeCopy({ a: column('int4') }, [{ a: null }])).toThrow(RangeError);
  });

  it('grows to any size', () => {
    const rows = Array.from({ length: 3000 }, (_, i) => ({ a: 'x'.repeat(100), b: i }));
    const bytes = encodeCopy({ a: column('text'), b: column('int4') }, rows);
    expect(bytes.byteLength).toBe(19 + 3000 * (2 + 4 + 100 + 4 + 4) + 2);
    expect(encodeCopy({ a: column('text') }, [{ a: 'y'.repeat(1_000_000) }]).byteLength).toBe(
      19 + 6 + 1_000_000 + 2,
    );
  });
});
