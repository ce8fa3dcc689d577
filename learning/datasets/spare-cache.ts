import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Where rendered datasets lie when the cache folder cannot be written: a folder of this user among the temporary
 * files. Rendering takes a second of one core, too much for every agent to do by itself.
 */
export function spareCacheDir(): string {
  return join(tmpdir(), `mlaas-fleet-${process.getuid?.() ?? 'cache'}`);
}

/** Makes the spare folder. @returns whether it is there and safe to use */
export async function makeSpareCacheDir(): Promise<boolean> {
  await mkdir(spareCacheDir(), { mode: 0o700 }).catch(() => undefined);
  return await isSpareCacheSafe();
}

/** Whether nobody else can have put files into the spare folder: what is in a cache is trusted. */
export async function isSpareCacheSafe(): Promise<boolean> {
  const entry = await lstat(spareCacheDir()).catch(() => undefined);
  if (entry === undefined || !entry.isDirectory()) return false;
  // Windows has no such owners, and every user has temporary files of their own.
  return process.getuid === undefined || (entry.uid === process.getuid() && (entry.mode & 0o022) === 0);
}
