import { existsSync } from 'node:fs';
import { FleetError, toFleetError } from '#protocol';
import { databaseFolder } from './database-folder.js';
import { openEmbeddedStore } from './embedded-store.js';
import { inspectPostgres, PostgresStore } from './postgres-store.js';
import type { QueryResult } from './query-result.js';
import { SpoolFolder } from './spool/spool-folder.js';
import { SpoolingStore } from './spool/spooling-store.js';
import type { Store } from './store.js';
import type { StoreNotice } from './store-notice.js';

export interface StoreAddress {
  /** PostgreSQL or TimescaleDB as `postgres://user:password@host:port/database`. */
  readonly db?: string | undefined;
  /**
   * Folder of the embedded store, used when `db` is absent. With `db`, records that wait for a server
   * that is away lie in its folder `spool`.
   */
  readonly storeDir: string;
}

export interface OpenOptions {
  /** Told what happens to the store by itself, also while it is being opened. */
  readonly onNotice?: (notice: StoreNotice) => void;
  /** How long `settle` and `close` wait for a server that is away, in milliseconds; default 10,000. */
  readonly closePatienceMs?: number;
  /**
   * After how long without a byte from a server that hangs it counts as being away, in milliseconds; default 15,000.
   */
  readonly silenceMs?: number;
}

/**
 * Opens the store and brings its schema to this version.
 * @throws FleetError STORE_LOCKED, STORE_UNREACHABLE, STORE_VERSION or STORE_FAILED
 * @example
 * const store = await openStore({ storeDir: 'data/store' });
 * const { rows } = await store.query('select count(*) from runs');
 * await store.close();
 */
export async function openStore(address: StoreAddress, options: OpenOptions = {}): Promise<Store> {
  const { db, storeDir } = address;
  return db === undefined
    ? await openEmbeddedStore(storeDir, options.onNotice)
    : await openServerStore(db, storeDir, options);
}

async function openServerStore(db: string, storeDir: string, options: OpenOptions): Promise<Store> {
  const server = new PostgresStore(db, options.silenceMs);
  const folder = new SpoolFolder(storeDir, server.location);
  const store = new SpoolingStore(server, folder, { onNotice: () => undefined, ...options });
  try {
    await server.open();
    await store.adopt();
    // After that: what was adopted may tell how a run ended.
    await server.endDeadRuns();
    return store;
  } catch (error) {
    await store.close();
    throw toFleetError(error, 'STORE_FAILED');
  }
}

/**
 * What a store is, can do and holds. Makes no store and leaves a server's schema as it is.
 * @throws FleetError STORE_UNREACHABLE where there is none; STORE_LOCKED, STORE_FAILED
 */
export async function inspectStore({ db, storeDir }: StoreAddress): Promise<QueryResult> {
  if (db !== undefined) return await inspectPostgres(db);
  if (!existsSync(databaseFolder(storeDir))) {
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
