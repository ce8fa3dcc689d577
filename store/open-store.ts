import { openEmbeddedStore } from './embedded-store.js';
import { openPostgresStore } from './postgres-store.js';
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
