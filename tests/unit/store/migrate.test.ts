import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '#internal/store/connection.js';
import { migrate } from '#internal/store/migrate.js';
import { migrations } from '#internal/store/migrations/index.js';

describe('migrate', () => {
  let db: PGlite;
  let connection: Connection;
  beforeAll(async () => {
    db = await PGlite.create();
    connection = {
      embedded: true,
      run: async (sql) => (await db.exec(sql)).at(-1)?.affectedRows ?? 0,
      select: async (sql) => {
        const { fields, rows } = await db.query<string[]>(sql, [], { rowMode: 'array' });
        return { columns: fields.map((field) => ({ name: field.name, oid: field.dataTypeID })), rows };
      },
      copyIn: async () => {
        throw new Error('no migration copies');
      },
    };
  });
  afterAll(() => db.close());
  const versions = async () =>
    (await db.query<{ version: number }>('select version from schema_migrations order by version')).rows.map(
      ({ version }) => version,
    );

  it('counts its migrations from 1 without a gap', () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, i) => i + 1));
  });

  it('runs each once, in order, and leaves nothing of one that fails', async () => {
    const one = { version: 1, name: 'one', sql: 'create table one (a int); insert into one values (1);' };
    const two = { version: 2, name: 'two', sql: 'create table two (a int); insert into nowhere values (1);' };
    await migrate(connection, [one]);
    await migrate(connection, [one]);
    await expect(migrate(connection, [one, two])).rejects.toThrow(/nowhere/);
    expect(await versions()).toEqual([1]);
    expect((await db.query(`select to_regclass('two')::text as t`)).rows).toEqual([{ t: null }]);

    await migrate(connection, [one, { ...two, sql: 'create table two (a int)' }]);
    expect(await versions()).toEqual([1, 2]);
    expect((await db.query('select a from one')).rows).toEqual([{ a: 1 }]);

    await expect(migrate(connection, [one])).rejects.toMatchObject({
      code: 'STORE_VERSION',
      detail: 'version 2, this program knows 1',
    });
  });
});
