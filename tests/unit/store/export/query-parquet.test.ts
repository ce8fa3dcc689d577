import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { ColumnType } from '#internal/store/columns.js';
import { queryParquet } from '#internal/store/export/query-parquet.js';
import { readTableFile } from '#internal/store/export/read-table-file.js';
import type { QueryResult } from '#store';

const root = mkdtempSync(join(tmpdir(), 'mlaas-query-'));
afterAll(() => rmSync(root, { recursive: true }));

/** What a query's result is once it was written as Parquet, read with these types. */
async function throughParquet(result: Omit<QueryResult, 'truncated'>, types: readonly ColumnType[]) {
  const path = join(root, 'query.parquet');
  writeFileSync(path, await queryParquet({ ...result, truncated: false }));
  const columns = result.columns.map(({ name }, i) => ({
    name,
    type: types[i]!,
    nullable: true as const,
    provenance: 'derived' as const,
    description: '',
  }));
  const rows = [];
  for await (const block of readTableFile.parquet(path, columns)) rows.push(...block);
  return rows;
}

const columns = (...types: string[]) => types.map((type, i) => ({ name: `c${i}`, type }));

it('keeps what a query can give, with nulls', async () => {
  const rows = await throughParquet(
    {
      columns: columns(
        'bool',
        'int2',
        'int8',
        'numeric',
        'float8',
        'timestamptz',
        'jsonb',
        'int4[]',
        'interval',
      ),
      rows: [
        [
          true,
          -1,
          '9223372036854775807',
          0.5,
          'NaN',
          '2026-01-02T03:04:05.6789Z',
          { a: [1] },
          [1, 2],
          '1 day',
        ],
        [null, null, null, null, null, null, null, null, null],
        [false, 3, -4, '12345678901234567890', '-Infinity', '2026-01-02T03:04:05Z', 'text', [], '00:00:01'],
      ],
    },
    ['bool', 'int4', 'int8', 'float8', 'float8', 'timestamptz', 'jsonb', 'int4[]', 'text'],
  );
  expect(rows).toEqual([
    [true, -1, 2n ** 63n - 1n, 0.5, Number.NaN, 1_767_323_045_678_900n, '{"a":[1]}', [1, 2], '1 day'],
    [null, null, null, null, null, null, null, null, null],
    [
      false,
      3,
      -4n,
      Number('12345678901234567890'),
      -Infinity,
      1_767_323_045_000_000n,
      '"text"',
      [],
      '00:00:01',
    ],
  ]);
});

it('falls back to text where a value does not fit its type', async () => {
  const result = {
    columns: columns('timestamp', 'int4[]'),
    rows: [
      ['infinity', [1, null]],
      ['0044-03-15T00:00:00 BC', [2]],
    ],
  };
  expect(await throughParquet(result, ['text', 'text'])).toEqual([
    ['infinity', '[1,null]'],
    ['0044-03-15T00:00:00 BC', '[2]'],
  ]);
});

it('makes a file of no rows', async () => {
  expect(await throughParquet({ columns: columns('int4'), rows: [] }, ['int4'])).toEqual([]);
});
