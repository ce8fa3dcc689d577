import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { constants, createBrotliCompress, createBrotliDecompress } from 'node:zlib';
import { packTar, unpackTar } from 'modern-tar/fs';
import { z } from 'zod';
import { migrations } from './migrations/index.js';

/**
 * A database folder as it is before the first run, packed when the program is built. Unpacking it is
 * several times cheaper than making a cluster and its schema, and gives the same files.
 */
const folder = fileURLToPath(new URL('.', import.meta.url));
const prefix = 'embedded-template-';

/** Another PGlite has another file format, another schema other tables: each has its own template. */
function templateName(): string {
  const manifest = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8')));
  const key = createHash('sha256')
    .update(JSON.stringify([version, migrations]))
    .digest('hex');
  return `${prefix}${key.slice(0, 16)}.tar.br`;
}

/** The template of this PGlite and schema; undefined where the program was built without one. */
export function findTemplate(): string | undefined {
  const file = join(folder, templateName());
  return existsSync(file) ? file : undefined;
}

/** Unpacks a template into a new folder; its files are not forced to the disk. */
export async function unpackTemplate(file: string, databaseFolder: string): Promise<void> {
  await pipeline(createReadStream(file), createBrotliDecompress(), unpackTar(databaseFolder));
}

/** Packs a database folder, which nobody has open, as the template; removes those of other versions. */
export async function packTemplate(databaseFolder: string): Promise<void> {
  const name = templateName();
  const draft = join(folder, `${name}.new`);
  const brotli = createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 7 } });
  await pipeline(packTar(databaseFolder), brotli, createWriteStream(draft));
  await rename(draft, join(folder, name));
  const others = readdirSync(folder).filter((file) => file.startsWith(prefix) && file !== name);
  await Promise.all(others.map((file) => rm(join(folder, file))));
}
