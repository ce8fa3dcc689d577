import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { ColumnData } from '#internal/store/export/column-batch.js';
import { packColumn, unpackColumn } from '#internal/store/export/format-messages.js';
import { FormatThread } from '#internal/store/export/format-thread.js';
import { readTableFile } from '#internal/store/export/read-table-file.js';

const root = mkdtempSync(join(tmpdir(), 'mlaas-format-'));
afterAll(() => rmSync(root, { recursive: true }));

const columns = [
  { name: 'c', type: 'text', nullable: true, provenance: 'derived', description: '' },
] as const;
const textColumn = (values: string[]): ColumnData => ({ name: 'c', type: 'text', values, valid: undefined });

describe('packColumn', () => {
  it('loses nothing, with few different texts and with many', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom('a', 'b', ''), fc.string()), { maxLength: 60 }),
        (values) => {
          expect(unpackColumn(packColumn(textColumn(values)))).toEqual(textColumn(values));
        },
      ),
    );
  });
});

describe('FormatThread', () => {
  it('writes tables one after another', async () => {
    const folder = join(root, 'two');
    const thread = new FormatThread(folder, 'csv');
    for (const table of ['first', 'second']) {
      await thread.begin(table, columns);
      for (const value of ['x', 'y'])
        await thread.write({ rows: 1, columns: [textColumn([`${table} ${value}`])] });
      const [file] = await thread.finish();
      expect(file).toMatchObject({ path: `csv/${table}/part-00001.csv`, rows: 2 });
      const rows = [];
      for await (const block of readTableFile.csv(join(folder, file!.path), columns)) rows.push(...block);
      expect(rows).toEqual([[`${table} x`], [`${table} y`]]);
    }
    await thread.end();
  });

  it('passes on what the operating system says', async () => {
    const folder = join(root, 'taken');
    mkdirSync(join(folder, 'csv/t/part-00001.csv'), { recursive: true });
    const thread = new FormatThread(folder, 'csv');
    await thread.begin('t', columns);
    await thread.write({ rows: 1, columns: [textColumn(['x'])] });
    await expect(thread.finish()).rejects.toMatchObject({ code: 'EEXIST', syscall: 'open' });
    await thread.end();
  });
});
