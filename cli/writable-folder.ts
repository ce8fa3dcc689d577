import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Why no file can be made in a folder, or the folder itself cannot be made. Looks only: makes nothing.
 * @returns undefined where it can, as far as permissions tell
 */
export async function whyUnwritable(folder: string): Promise<string | undefined> {
  try {
    await access(await nearestFolder(resolve(folder)), constants.W_OK | constants.X_OK);
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

/** The folder itself, or the one in which it would have to be made. */
async function nearestFolder(path: string): Promise<string> {
  try {
    if (!(await stat(path)).isDirectory()) throw new Error(`${path} is not a folder`);
    return path;
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (!isMissing || dirname(path) === path) throw cause;
    return await nearestFolder(dirname(path));
  }
}
