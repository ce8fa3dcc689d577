import { closeSync, fsyncSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * How exact a file system's time stamps are at worst. A fraction of a second shows that it is not one of the
 * coarse ones (FAT: 2 s); the others follow the system's clock tick.
 */
const stampErrorMs = (stampMs: number): number => (stampMs % 1000 === 0 ? 2000 : 50);

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
    this.#since = start;
  }

  #syncUnder(folder: string): void {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) this.#syncUnder(path);
      else if (this.#hasChanged(path)) syncPath(path, 'r+');
    }
    // New names are in the folder itself; Windows cannot sync folders and does not need to.
    if (process.platform !== 'win32' && this.#hasChanged(folder)) syncPath(folder, 'r');
  }

  #hasChanged(path: string): boolean {
    const { mtimeMs } = statSync(path);
    return mtimeMs >= this.#since - stampErrorMs(mtimeMs);
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
