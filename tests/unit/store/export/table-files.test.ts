import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeCopy } from '#internal/store/binary-copy.js';
import { rowsOfBatch } from '#internal/store/export/field-value.js';
import { isoTime, microseconds } from '#internal/store/export/iso-time.js';
import { type ExportFormat, exportFormats } from '#internal/store/export/manifest.js';
import { readCopy } from '#internal/store/export/read-copy.js';
import { readTableFile } from '#internal/store/export/read-table-file.js';
import { ShardedTable } from '#internal/store/export/sharded-table.js';
import { columns, rowsOfAllTypes } from './batches.js';

const root = mkdtempSync(join(tmpdir(), 'mlaas-export-'));
afterAll(() => rmSync(root, { recursive: true }));

const specs = Object.fromEntries(columns.map(({ name, ...spec }) => [name, spec]));
let folders = 0;
const freshFolder = (): string => join(root, String(folders++));

async function* once(bytes: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* bytes;
}

/** Writes rows in batches, reads them back. */
async function throughFile(format: ExportFormat, rows: Record<string, unknown>[], batchRows = 3) {
  const folder = freshFolder();
  const target = new ShardedTable(folder, 't', columns, format);
  const written: unknown[][] = [];
  for await (const batch of readCopy(once(encodeCopy(specs, rows)), columns, batchRows)) {
    await target.write(batch);
    written.push(...rowsOfBatch(batch));
  }
  const files = await target.finish();
  const read: unknown[][] = [];
  for (const { path } of files) {
    for await (const block of readTableFile[format](join(folder, path), columns)) read.push(...block);
  }
  return { folder, files, written, read };
}

describe.each(exportFormats)('a table in %s', (format) => {
  it('reads back every value of every type, nulls among them', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOfAllTypes(9), async (rows) => {
        const { files, written, read } = await throughFile(format, rows);
        expect(read).toEqual(written);
        expect(files.map((file) => file.rows)).toEqual([rows.length]);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the sign of zero in a column of few values', async () => {
    const [row] = fc.sample(
      rowsOfAllTypes(1).filter(({ length }) => length === 1),
      { numRuns: 1, seed: 1 },
    )[0]!;
    const zeros = (given: number): Record<string, unknown> =>
      Object.fromEntries(columns.filter(({ type }) => type === 'float8').map(({ name }) => [name, given]));
    const rows = Array.from({ length: 300 }, (_, i) => ({ ...row, ...zeros([0, -0, 1][i % 3]!) }));
    const { written, read } = await throughFile(format, rows, rows.length);
    expect(read).toEqual(written);
  });

  it('says what is wrong with a file that was cut or has other columns', async () => {
    const { folder, files } = await throughFile(format, []);
    const path = join(folder, files[0]!.path);
    const read = async (file: string, wanted = columns): Promise<void> => {
      for await (const _ of readTableFile[format](file, wanted));
    };
    await expect(read(path, [{ ...columns[0]!, name: 'other' }])).rejects.toThrow(/other/);
    await expect(read(join(folder, 'none'))).rejects.toThrow(/ENOENT/);
    writeFileSync(join(folder, 'empty'), '');
    await expect(read(join(folder, 'empty'))).rejects.toThrow();
  });
});

describe('isoTime', () => {
  it('keeps microseconds, before 1970 too', () => {
    expect(isoTime(1_767_323_045_678_901n)).toBe('2026-01-02T03:04:05.678901Z');
    expect(isoTime(-1n)).toBe('1969-12-31T23:59:59.999999Z');
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }), (us) => {
        expect(microseconds(isoTime(us))).toBe(us);
      }),
    );
  });

  it.each([
    '',
    '2026-01-02',
    '2026-13-02T03:04:05.678901Z',
    '2026-01-02T03:04:05.1234567Z',
    '2026-01-02 03:04:05Z',
    'infinity',
  ])('refuses %j', (text) => {
    expect(() => microseconds(text)).toThrow('not a time');
  });
});
