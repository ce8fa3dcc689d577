import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCopy } from '#internal/store/binary-copy.js';
import type { ColumnBatch } from '#internal/store/export/column-batch.js';
import { readCopy } from '#internal/store/export/read-copy.js';
import { columns, plainRows, rowsOfAllTypes } from './batches.js';

const specs = Object.fromEntries(columns.map(({ name, ...spec }) => [name, spec]));

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (let i = 0; from < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

async function collect(source: AsyncIterable<ColumnBatch>): Promise<ColumnBatch[]> {
  const batches = [];
  for await (const batch of source) batches.push(batch);
  return batches;
}

/** What a value that was written reads back as. */
function written(row: Record<string, unknown>): unknown[] {
  return columns.map(({ name, type }) => {
    const value = row[name];
    if (value === null) return null;
    if (type === 'int8') return BigInt(Number(value));
    if (type === 'timestamptz') return BigInt(Math.round(Number(value) * 1000));
    if (type === 'jsonb') return JSON.parse(JSON.stringify(value).replaceAll('\\u0000', '\ufffd'));
    if (type === 'text') return Buffer.from(String(value).replaceAll('\0', '\ufffd')).toString();
    return value;
  });
}

describe('readCopy', () => {
  it('reads what the writer encodes, of every type, however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowsOfAllTypes(12),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 7 }),
        async (rows, sizes, batchRows) => {
          const bytes = Buffer.concat([...encodeCopy(specs, rows)]);
          const batches = await collect(readCopy(pieces(bytes, sizes), columns, batchRows));
          expect(plainRows(batches)).toEqual(rows.map(written));
          expect(batches.map((batch) => batch.rows)).toEqual(
            Array.from({ length: Math.ceil(rows.length / batchRows) }, (_, i) =>
              Math.min(batchRows, rows.length - i * batchRows),
            ),
          );
        },
      ),
    );
  });

  const one = columns.slice(0, 1);
  const bytes = Buffer.concat([
    ...encodeCopy(Object.fromEntries(one.map(({ name, ...spec }) => [name, spec])), [{ required_0: 'text' }]),
  ]);

  it('refuses a stream that ends early', async () => {
    for (let length = 0; length < bytes.length; length++) {
      await expect(collect(readCopy(pieces(bytes.subarray(0, length), [5]), one, 10))).rejects.toThrow(
        'ended early',
      );
    }
  });

  it('refuses rows of other columns and streams of another format', async () => {
    await expect(collect(readCopy(pieces(bytes, [999]), columns, 10))).rejects.toThrow('a row of 1 fields');
    await expect(collect(readCopy(pieces(Buffer.alloc(64, 'text'), [9]), one, 10))).rejects.toThrow(
      'not a binary COPY stream',
    );
  });
});
