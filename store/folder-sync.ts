import { closeSync, fsyncSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Coarsest time stamp of a file system in use (FAT: 2 s). */
const timeStampMs = 2000;

/**
 * Forces a folder's files to the disk. The first call takes all of them, because what an earlier
 * process left may still be in memory only; later calls take those that have changed since.
 */
export class FolderSync {
  readonly #folder: string;
  #since = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Blocks until the files are on disk; nobody may write to them meanwhile. */
  sync(): void {
    const start = Date.now();
    this.#syncUnder(this.#folder);
    this.#since = start - timeStampMs;
  }

  #syncUnder(folder: string): void {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) this.#syncUnder(path);
      else if (statSync(path).mtimeMs >= this.#since) syncPath(path, 'r+');
    }
    // New names are in the folder itself; Windows cannot sync folders and does not need to.
    if (process.platform !== 'win32' && statSync(folder).mtimeMs >= this.#since) syncPath(folder, 'r');
  }
}

/** Forces one file or folder to the disk. */
export function syncPath(path: string, flags: 'r' | 'r+'): void {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
