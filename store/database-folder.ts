import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FleetError } from '#protocol';

/** The folder of an embedded store that PostgreSQL keeps its files in. */
export const databaseFolder = (storeDir: string): string => join(storeDir, 'database');

/** Whether a folder is not there, or holds nothing: a database may be made in its place. */
export function isVacant(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).length === 0;
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
