import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openStore, type Store } from '#store';

/** A place for a store: opened as often as a test likes, gone at the end. */
export interface StorePlace {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

export interface StoreImplementation {
  readonly name: string;
  /** Why it cannot be tested here. */
  readonly missing: string | undefined;
  place(): Promise<StorePlace>;
}

const pgUrl = process.env.MLAAS_TEST_PG_URL;

async function embeddedPlace(): Promise<StorePlace> {
  const storeDir = mkdtempSync(join(tmpdir(), 'mlaas-store-'));
  return {
    open: () => openStore({ storeDir }),
    remove: async () => rmSync(storeDir, { recursive: true, force: true }),
  };
}

/** A schema of its own in the server's database, so that suites do not meet. */
async function postgresPlace(): Promise<StorePlace> {
  const schema = `mlaas_test_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: pgUrl });
  await admin.connect();
  await admin.query(`CREATE SCHEMA ${schema}`);
  const db = new URL(pgUrl!);
  db.searchParams.set('options', `-c search_path=${schema}`);
  return {
    open: () => openStore({ db: db.href, storeDir: 'unused' }),
    remove: async () => {
      await admin.query(`DROP SCHEMA ${schema} CASCADE`);
      await admin.end();
    },
  };
}

export const storeImplementations: readonly StoreImplementation[] = [
  { name: 'embedded (PGlite)', missing: undefined, place: embeddedPlace },
  {
    name: 'PostgreSQL',
    missing: pgUrl === undefined ? 'MLAAS_TEST_PG_URL is not set' : undefined,
    place: postgresPlace,
  },
];
