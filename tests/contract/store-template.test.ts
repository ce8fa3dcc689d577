import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTemplate, unpackTemplate } from '#internal/store/embedded-template.js';
import { latestVersion } from '#internal/store/migrate.js';
import { openStore } from '#store';

describe('template of the embedded store', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlaas-template-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is made by the build, and is an empty store of this schema that was closed in order', async () => {
    const template = findTemplate();
    expect(template).toBeDefined();
    const storeDir = join(folder, 'store');
    mkdirSync(storeDir);
    await unpackTemplate(template!, join(storeDir, 'database'));
    expect(existsSync(join(storeDir, 'database/postmaster.pid'))).toBe(false);
    const store = await openStore({ storeDir });
    try {
      const { rows } = await store.query(
        `SELECT (SELECT max(version) FROM schema_migrations), (SELECT count(*) FROM runs),
           (SELECT max(applied_at) < $1::timestamptz FROM schema_migrations)`,
        { params: [new Date().toISOString()] },
      );
      expect(rows).toEqual([[latestVersion, 0, true]]);
    } finally {
      await store.close();
    }
  });

  it('is refused when it is cut short', async () => {
    const cut = join(folder, 'cut.tar.br');
    const whole = readFileSync(findTemplate()!);
    writeFileSync(cut, whole.subarray(0, whole.length >> 1));
    await expect(unpackTemplate(cut, join(folder, 'cut'))).rejects.toThrow();
  });
});
