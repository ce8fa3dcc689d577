import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { openStore, type Store } from '#store';

/** A place for a store: opened as often as a test likes, gone at the end. */
export interface StorePlace {
  open(): Promise<Store>;
  /** Closes `store` and runs SQL in its database behind the program's back. */
  execute(sql: string, store: Store): Promise<void>;
  remove(): Promise<void>;
}

export interface StoreImplementation {
  readonly name: string;
  /** Why it cannot be tested here. */
  readonly missing: string | undefined;
  /** Its TimescaleDB's licence: `apache` has hypertables, `timescale` also summaries and compression. */
  readonly timescale?: 'apache' | 'timescale';
  place(): Promise<StorePlace>;
}

const timescaleUrl = process.env.MLAAS_TEST_TIMESCALE_URL;
const apacheUrl = process.env.MLAAS_TEST_TIMESCALE_APACHE_URL;
const pgUrl = process.env.MLAAS_TEST_PG_URL;

async function embeddedPlace(): Promise<StorePlace> {
  const storeDir = mkdtempSync(join(tmpdir(), 'mlaas-store-'));
  return {
    open: () => openStore({ storeDir }),
    execute: async (sql, store) => {
      await store.close();
      const db = await PGlite.create(join(storeDir, 'database'));
      await db.exec(sql);
      await db.close();
    },
    remove: async () => rmSync(storeDir, { recursive: true, force: true }),
  };
}

/** A database of its own, for what others would disturb who use the server's: a vacuum locks every schema's tables. */
export async function createDatabase(
  server: string,
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `mlaas_test_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}

/** A schema of its own in the server's database, so that suites do not meet. */
export async function serverPlace(url: string): Promise<StorePlace> {
  const schema = `mlaas_test_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`CREATE SCHEMA ${schema}`);
  const db = new URL(url);
  db.searchParams.set('options', `-c search_path=${schema},public`);
  return {
    open: () => openStore({ db: db.href, storeDir: 'unused' }),
    execute: async (sql, store) => {
      await store.close();
      await admin.query(`SET search_path = ${schema}, public`);
      await admin.query(sql);
    },
    remove: async () => {
      await dropSchema(admin, schema);
      await admin.end();
    },
  };
}

/** TimescaleDB's background jobs may be at work on the schema; then it is tried again. */
async function dropSchema(admin: pg.Client, schema: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await admin.query(`DROP SCHEMA ${schema} CASCADE`);
      return;
    } catch (error) {
      if (attempt === 20) throw error;
      await sleep(250);
    }
  }
}

export const storeImplementations: readonly StoreImplementation[] = [
  { name: 'embedded (PGlite)', missing: undefined, place: embeddedPlace },
  {
    name: 'PostgreSQL',
    missing: pgUrl === undefined ? 'MLAAS_TEST_PG_URL is not set' : undefined,
    place: () => serverPlace(pgUrl!),
  },
  {
    name: 'TimescaleDB',
    missing: timescaleUrl === undefined ? 'MLAAS_TEST_TIMESCALE_URL is not set' : undefined,
    timescale: 'timescale',
    place: () => serverPlace(timescaleUrl!),
  },
  {
    name: 'TimescaleDB, Apache licence',
    missing: apacheUrl === undefined ? 'MLAAS_TEST_TIMESCALE_APACHE_URL is not set' : undefined,
    timescale: 'apache',
    place: () => serverPlace(apacheUrl!),
  },
];
