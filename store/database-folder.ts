import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FleetError } from '#protocol';

/** The folder of an embedded store that PostgreSQL keeps its files in. */
export const databaseFolder = (storeDir: string): string => join(storeDir, 'database');

/**
 * The folder of a store's database; undefined where there is none yet, so that one may be made.
 * @throws FleetError STORE_FAILED when it is not whole
 */
export function existingDatabase(storeDir: string): string | undefined {
  const folder = databaseFolder(storeDir);
  if (!existsSync(folder) || readdirSync(folder).length === 0) return undefined;
  assertDatabase(folder);
  return folder;
}

/**
 * Makes sure that a folder holds a database before PGlite opens it: where this file is missing, PGlite makes a new
 * one over whatever is there.
 * @throws FleetError STORE_FAILED
 */
export function assertDatabase(folder: string): void {
  if (existsSync(join(folder, 'PG_VERSION'))) return;
  throw new FleetError(
    'STORE_FAILED',
    `${folder} is not whole: its file PG_VERSION is missing, as after a copy that was cut short; nothing was changed, so copy or restore the folder again with all its files`,
  );
}
