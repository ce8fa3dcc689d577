import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

export const checksumsName = 'SHA256SUMS';

/**
 * Writes SHA256SUMS over all files of the folder, as `sha256sum -c` reads it.
 * @param known hashes that were taken already, by path
 * @returns the SHA-256 of SHA256SUMS itself
 */
export async function writeChecksums(folder: string, known: ReadonlyMap<string, string>): Promise<string> {
  const lines = [];
  for (const path of await filesOf(folder)) {
    lines.push(`${known.get(path) ?? (await fileSha256(join(folder, path)))}  ${path}\n`);
  }
  const text = lines.join('');
  await writeFile(join(folder, checksumsName), text);
  return createHash('sha256').update(text).digest('hex');
}

/** @returns each file's SHA-256 as SHA256SUMS tells it, and the SHA-256 of SHA256SUMS itself */
export async function readChecksums(
  folder: string,
): Promise<{ readonly sums: ReadonlyMap<string, string>; readonly digest: string }> {
  const text = await readFile(join(folder, checksumsName), 'utf8');
  const sums = new Map(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
        return [match?.[2] ?? line, match?.[1] ?? ''];
      }),
  );
  return { sums, digest: createHash('sha256').update(text).digest('hex') };
}

/** All files under the folder but SHA256SUMS, with slashes, sorted. */
export async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => path !== checksumsName)
    .sort();
}

export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
