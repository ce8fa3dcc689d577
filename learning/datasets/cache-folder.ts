import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FleetError } from '#protocol';

/**
 * The user's cache folder for this program: `$XDG_CACHE_HOME/mlaas-fleet` where that is set, else
 * the operating system's place (XDG Base Directory, macOS `~/Library/Caches`, Windows `%LOCALAPPDATA%`).
 */
export function defaultCacheDir(): string {
  return join(userCacheDir(), 'mlaas-fleet');
}

function userCacheDir(): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env;
  if (xdg) return xdg;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') return local || join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}

/**
 * Makes a folder of the cache.
 * @throws FleetError CACHE_UNWRITABLE when it cannot be made
 */
export async function makeCacheFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw unwritable(cause);
  });
}

/**
 * Tells before costly work that a folder of the cache cannot be written.
 * @throws FleetError CACHE_UNWRITABLE
 */
export async function assertCacheWritable(folder: string): Promise<void> {
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw unwritable(cause);
  });
}

/**
 * Writes a whole file at once: under another name beside it, then renamed, so that a reader or a
 * second writer never meets half a file.
 * @throws FleetError CACHE_UNWRITABLE when it cannot be written
 */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(cause);
  }
}

function unwritable(cause: unknown): FleetError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FleetError('CACHE_UNWRITABLE', reason, { cause });
}
