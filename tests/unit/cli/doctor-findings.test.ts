import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheFinding } from '#internal/cli/cache-finding.js';
import { storeFinding } from '#internal/cli/store-finding.js';

/** Who may write everywhere: for root only what lies below a file cannot be made. */
const isRoot = process.getuid?.() === 0;
let folder: string;
let file: string;
let sealed: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlaas-doctor-'));
  file = join(folder, 'file');
  writeFileSync(file, '');
  sealed = join(folder, 'sealed');
  mkdirSync(sealed, { mode: 0o555 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what mlaas doctor finds of the store', () => {
  it.each(['nonsense', 'postgres://[host/fleet'])('--db %s: what it must be', async (db) => {
    expect(await storeFinding({ db, storeDir: folder })).toEqual({
      what: 'database',
      ok: false,
      detail: expect.stringMatching(/^invalid configuration: --db .*must be postgres:/),
    });
  });

  it('a folder that is a file, or below one', async () => {
    for (const storeDir of [file, join(file, 'new', 'store')]) {
      expect(await storeFinding({ storeDir })).toEqual({
        what: 'embedded store',
        ok: false,
        detail: expect.stringMatching(/cannot be written \(.*(not a folder|ENOTDIR).*--store-dir/),
      });
    }
  });

  it.skipIf(isRoot)('a folder that cannot be written or made', async () => {
    for (const storeDir of [sealed, join(sealed, 'new', 'store')]) {
      const detail = expect.stringMatching(/cannot be written \(EACCES.*--store-dir/);
      expect(await storeFinding({ storeDir })).toMatchObject({ ok: false, detail });
    }
  });

  it('a database that is not whole', async () => {
    const storeDir = join(folder, 'copy');
    mkdirSync(join(storeDir, 'database', 'base'), { recursive: true });
    const detail = expect.stringContaining('PG_VERSION is missing');
    expect(await storeFinding({ storeDir })).toMatchObject({ ok: false, detail });
  });

  it('a folder without a store, one that is not there', async () => {
    expect(await storeFinding({ storeDir: folder })).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/in use by nobody/),
    });
    const storeDir = join(folder, 'none');
    expect(await storeFinding({ storeDir })).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/the first run makes it/),
    });
  });
});

describe('what mlaas doctor finds of the cache folder', () => {
  it('that it can be written, or made', async () => {
    for (const cacheDir of [folder, join(folder, 'new', 'cache')]) {
      expect(await cacheFinding(cacheDir)).toEqual({ what: 'cache folder', ok: true, detail: cacheDir });
    }
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  it('that it cannot, and what to do', async () => {
    for (const cacheDir of [join(file, 'cache'), ...(isRoot ? [] : [join(sealed, 'cache')])]) {
      const detail = expect.stringMatching(/cannot be written \(E(NOTDIR|ACCES).*--cache-dir/);
      expect(await cacheFinding(cacheDir)).toMatchObject({ ok: false, detail });
    }
  });
});
