import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertWritable, outputPath, writeChunks } from '#internal/cli/output-file.js';

const folder = (): string => mkdtempSync(join(tmpdir(), 'mlaas-output-'));

async function* lines(...texts: string[]): AsyncIterable<string> {
  yield* texts;
}

describe('the output file', () => {
  it('goes under outputs/runs/ where no folder is named', () => {
    expect(outputPath(undefined, 'a-run')).toBe(resolve('outputs/runs/a-run.csv'));
    expect(outputPath('clients.csv', 'a-run')).toBe(resolve('outputs/runs/clients.csv'));
  });

  it('goes where a folder is named', () => {
    expect(outputPath('./clients.csv', 'a-run')).toBe(resolve('clients.csv'));
    expect(outputPath('/some/where.csv', 'a-run')).toBe('/some/where.csv');
  });

  it('is checked without leaving anything behind', async () => {
    const path = join(folder(), 'new', 'x.csv');
    await assertWritable(path);
    expect(readdirSync(resolve(path, '..'))).toEqual([]);
  });

  it('is refused when it is a folder or under a file', async () => {
    const inside = folder();
    await expect(assertWritable(inside)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    writeFileSync(join(inside, 'file'), '');
    await expect(assertWritable(join(inside, 'file', 'x.csv'))).rejects.toMatchObject({ exitCode: 36 });
  });

  it('replaces an earlier one only when it is whole', async () => {
    const path = join(folder(), 'x.csv');
    await writeChunks(path, lines('a\r\n', 'b\r\n'));
    expect(readFileSync(path, 'utf8')).toBe('a\r\nb\r\n');
    async function* failing(): AsyncIterable<string> {
      yield 'c\r\n';
      throw new Error('the store went away');
    }
    await expect(writeChunks(path, failing())).rejects.toThrow('the store went away');
    expect(readFileSync(path, 'utf8')).toBe('a\r\nb\r\n');
    expect(readdirSync(resolve(path, '..'))).toEqual(['x.csv']);
    expect(existsSync(path)).toBe(true);
  });
});
