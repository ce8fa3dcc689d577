import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeLocation } from '#internal/cli/store-flags.js';
import { openReader } from '#internal/cli/store-reader.js';

const urls = ['nonsense', 'postgres://[host/fleet', 'mysql://host/fleet'];
let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlaas-location-'));
  file = join(folder, 'file');
  writeFileSync(file, '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('flags that name no store', () => {
  it.each(urls)('--db %s is CONFIG_INVALID', async (db) => {
    const refusal = { code: 'CONFIG_INVALID', message: expect.stringMatching(/--db .*must be postgres:/) };
    expect(() => storeLocation({ db, storeDir: folder })).toThrow(expect.objectContaining(refusal));
    await expect(openReader({ db, storeDir: folder })).rejects.toMatchObject(refusal);
  });

  it('a --store-dir that is a file, or below one, is STORE_FAILED', async () => {
    for (const storeDir of [file, join(file, 'store')]) {
      await expect(openReader({ storeDir })).rejects.toMatchObject({
        code: 'STORE_FAILED',
        message: expect.stringContaining(`cannot look into ${storeDir}: ENOTDIR`),
      });
    }
  });
});
