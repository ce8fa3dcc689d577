import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDataset, prepareDataset } from '#learning';
import { temporaryFolder } from './real-data.js';

describe('a cache folder that cannot be written', () => {
  // Below a file, because nothing is unwritable for root.
  let cacheDir: string;
  let spare: string;
  beforeEach(async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    cacheDir = join(folder, 'file', 'cache');
    vi.stubEnv('TMPDIR', folder);
    spare = join(folder, `mlaas-fleet-${process.getuid?.()}`);
  });
  afterEach(() => vi.unstubAllEnvs());

  it('leaves a built-in dataset to be rendered among the temporary files, once for all processes, and says so', async () => {
    const told: string[] = [];
    const prepared = await prepareDataset('synthetic_digits', { cacheDir }, (text) => told.push(text));
    expect(prepared).toEqual({ folder: join(spare, 'synthetic-digits-v1'), source: 'rendered' });
    expect(told.join()).toMatch(/cannot write the cache folder: ENOTDIR.*; using .*synthetic-digits-v1/);
    expect((await stat(spare)).mode & 0o777).toBe(0o700);
    const images = join(prepared.folder, 'train-images-idx3-ubyte');
    const { mtimeMs } = await stat(images);
    const dataset = await openDataset('synthetic_digits', { cacheDir });
    expect((await dataset.readTest()).count).toBe(2000);
    await dataset.close();
    expect((await prepareDataset('synthetic_digits', { cacheDir })).source).toBe('cache');
    expect((await stat(images)).mtimeMs).toBe(mtimeMs);
  });

  it('is not replaced by a folder that others can write', async () => {
    await mkdir(spare);
    await chmod(spare, 0o777);
    await mkdir(join(spare, 'synthetic-digits-v1'));
    await expect(openDataset('synthetic_digits', { cacheDir })).rejects.toMatchObject({
      code: 'CACHE_UNWRITABLE',
    });
  });

  it('is an error for other datasets, which says what to do', async () => {
    for (const name of ['mnist', 'iris']) {
      const failure: unknown = await prepareDataset(name, { cacheDir, mirrors: [] }).catch((e: unknown) => e);
      expect(failure).toMatchObject({
        code: 'CACHE_UNWRITABLE',
        todo: expect.stringContaining('--cache-dir'),
      });
    }
  });
});
