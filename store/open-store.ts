import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FleetError } from '#protocol';
import { openEmbeddedStore } from './embedded-store.js';
import { inspectPostgres, openPostgresStore } from './postgres-store.js';
import type { QueryResult } from './query-result.js';
import type { Store } from './store.js';

export interface StoreAddress {
  /** PostgreSQL or TimescaleDB as `postgres://user:password@host:port/database`. */
  readonly db?: string | undefined;
  /** Folder of the embedded store, used when `db` is absent. */
  readonly storeDir: string;
}

/**
 * Opens the store and brings its schema to this version.
 * @throws FleetError STORE_LOCKED, STORE_UNREACHABLE, STORE_VERSION or STORE_FAILED
 * @example
 * const store = await openStore({ storeDir: 'data/store' });
 * const { rows } = await store.query('select count(*) from runs');
 * await store.close();
 */
export async function openStore({ db, storeDir }: StoreAddress): Promise<Store> {
  return db === undefined ? await openEmbeddedStore(storeDir) : await openPostgresStore(db);
}

/**
 * What a store is, can do and holds. Makes no store and leaves a server's schema as it is.
 * @throws FleetError STORE_UNREACHABLE where there is none; STORE_LOCKED, STORE_FAILED
 */
export async function inspectStore({ db, storeDir }: StoreAddress): Promise<QueryResult> {
  if (db !== undefined) return await inspectPostgres(db);
  if (!existsSync(join(storeDir, 'database'))) {
    throw new FleetError(
      'STORE_UNREACHABLE',
      `no store in ${storeDir} yet; a run or \`mlaas db init\` makes it`,
    );
  }
  const store = await openEmbeddedStore(storeDir);
  try {
    return await store.administer({ task: 'status' });
  } finally {
    await store.close();
  }
}
