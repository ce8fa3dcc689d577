import { existsSync } from 'node:fs';
import { toFleetError } from '#protocol';
import { inspectStore, readLock } from '#store';
import type { Finding } from './finding.js';
import { type StoreLocationFlags, storeLocation } from './store-flags.js';

/** What is the matter with the store of these flags. Looks only: makes no store and changes no schema. */
export async function storeFinding(flags: Readonly<StoreLocationFlags>): Promise<Finding> {
  const what = flags.db === undefined ? 'embedded store' : 'database';
  try {
    const { db, storeDir } = storeLocation(flags);
    const detail = db === undefined ? examineFolder(storeDir) : await examineServer(db, storeDir);
    return { what, ok: true, detail };
  } catch (cause) {
    return { what, ok: false, detail: toFleetError(cause).message };
  }
}

async function examineServer(db: string, storeDir: string): Promise<string> {
  const { rows } = await inspectStore({ db, storeDir });
  const facts = rows.filter(([item]) => !String(item).startsWith('table '));
  return facts.map((fact) => fact.join(': ')).join('; ');
}

/** @throws FleetError STORE_FAILED */
function examineFolder(storeDir: string): string {
  const holder = readLock(storeDir);
  if (!existsSync(storeDir)) return `none in ${storeDir} yet; the first run makes it`;
  return `${storeDir}, ${holder === undefined ? 'in use by nobody' : `in use by process ${holder.pid}`}`;
}
