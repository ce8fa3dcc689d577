import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetError, sha256 } from '#protocol';
import { writeAtomically } from '../cache-folder.js';
import { readPart } from './data-folder.js';
import type { DatasetPart, ImageDatasetInfo } from './image-dataset-info.js';

/**
 * Writes a decoded, verified part into the cache. Where only its packed form has a published hash, the
 * content's own is noted beside it: that tells later whether the cache is still what came out.
 */
export async function writePart(
  info: ImageDatasetInfo,
  part: DatasetPart,
  folder: string,
  bytes: Uint8Array,
): Promise<void> {
  const path = join(folder, info.files[part].name);
  await writeAtomically(path, bytes);
  if (info.files[part].sha256 === undefined) {
    await writeAtomically(`${path}.sha256`, new TextEncoder().encode(`${sha256(bytes)}\n`));
  }
}

/**
 * Reads a part in the cache whole and verifies it.
 * @throws FleetError DATASET_CORRUPT, DATASET_UNAVAILABLE
 */
export async function verifyCachedPart(
  info: ImageDatasetInfo,
  part: DatasetPart,
  folder: string,
): Promise<void> {
  const path = join(folder, info.files[part].name);
  if (info.files[part].sha256 !== undefined) {
    await readPart(info, part, path);
    return;
  }
  const noted = await readFile(`${path}.sha256`, 'utf8').catch(() => undefined);
  if (noted === undefined) throw new FleetError('DATASET_CORRUPT', `${path}: no hash was noted for it`);
  await readPart(info, part, path, noted.trim());
}
