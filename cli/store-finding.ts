import { existsSync } from 'node:fs';
import { FleetError, toFleetError } from '#protocol';
import { existingDatabase, inspectStore, readLock } from '#store';
import type { Finding } from './finding.js';
import { type StoreLocationFlags, storeLocation } from './store-flags.js';
import { whyUnwritable } from './writable-folder.js';

/** What is the matter with the store of these flags. Looks only: makes no store and changes no schema. */
export async function storeFinding(flags: Readonly<StoreLocationFlags>): Promise<Finding> {
  const what = flags.db === undefined ? 'embedded store' : 'database';
  try {
    const { db, storeDir } = storeLocation(flags);
    const detail = await (db === undefined ? examineFolder(storeDir) : examineServer(db, storeDir));
    return { what, ok: true, detail };
  } catch (cause) {
    return { what, ok: false, detail: toFleetError(cause, 'STORE_FAILED').message };
  }
}

async function examineServer(db: string, storeDir: string): Promise<string> {
  const { rows } = await inspectStore({ db, storeDir });
  const facts = rows.filter(([item]) => !String(item).startsWith('table '));
  return facts.map((fact) => fact.join(': ')).join('; ');
}

/** @throws FleetError STORE_FAILED */
async function examineFolder(storeDir: string): Promise<string> {
  const reason = await whyUnwritable(storeDir);
  if (reason !== undefined) throw unwritable(storeDir, reason);
  const holder = readLock(storeDir);
  const database = existingDatabase(storeDir);
  const inside = database && (await whyUnwritable(database));
  if (inside !== undefined) throw unwritable(storeDir, inside);
  if (!existsSync(storeDir)) return `none in ${storeDir} yet; the first run makes it`;
  return `${storeDir}, ${holder === undefined ? 'in use by nobody' : `in use by process ${holder.pid}`}`;
}

const unwritable = (storeDir: string, reason: string): FleetError =>
  new FleetError('STORE_FAILED', `${storeDir} cannot be written (${reason}); give another with --store-dir`);
