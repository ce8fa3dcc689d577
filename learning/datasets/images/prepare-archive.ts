import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FleetError } from '#protocol';
import type { OnPrepareProgress } from '../dataset.js';
import { downloadToFile } from '../download.js';
import {
  type DatasetArchive,
  type DatasetOrigin,
  type DatasetPart,
  datasetParts,
  type ImageDatasetInfo,
} from './image-dataset-info.js';
import { verifyPart } from './verify-file.js';

type ArchiveOrigin = Extract<DatasetOrigin, { kind: 'archive' }>;

/** The archive's path under a data folder; undefined where it is not there. */
export async function locateArchive(origin: ArchiveOrigin, dataDir: string): Promise<string | undefined> {
  for (const folder of origin.folders) {
    const path = join(dataDir, folder, origin.archive.name);
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  }
  return undefined;
}

/**
 * Takes the four parts out of an archive whose hash is the published one.
 * @throws FleetError DATASET_CORRUPT naming the archive and what is wrong with it
 */
export async function unpackArchive(
  info: ImageDatasetInfo,
  origin: ArchiveOrigin,
  path: string,
): Promise<Record<DatasetPart, Uint8Array>> {
  await verifyArchive(origin.archive, path);
  const parts = await origin.unpack(path).catch((cause: unknown) => {
    if (cause instanceof FleetError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('DATASET_CORRUPT', `${path}: ${reason}`, { cause });
  });
  for (const part of datasetParts) {
    verifyPart(info, part, parts[part], `${path}: ${info.files[part].name}`);
  }
  return parts;
}

async function verifyArchive({ sha256 }: DatasetArchive, path: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const actual = hash.digest('hex');
  if (actual !== sha256) {
    throw new FleetError(
      'DATASET_CORRUPT',
      `${path}: hash mismatch: SHA-256 of the file is ${actual}, expected ${sha256}`,
    );
  }
}

/**
 * Downloads an archive beside the cached files, takes the parts out and removes it again.
 * @param bases tried in turn; what comes is used only if it verifies
 * @param looked where was looked before, for the error
 * @throws FleetError DATASET_UNAVAILABLE
 */
export async function downloadArchive(
  info: ImageDatasetInfo,
  origin: ArchiveOrigin,
  folder: string,
  bases: readonly string[],
  looked: readonly string[],
  onProgress: OnPrepareProgress,
  signal: AbortSignal | undefined,
): Promise<Record<DatasetPart, Uint8Array>> {
  const { name, bytes } = origin.archive;
  const path = join(folder, `${name}.${process.pid}.tmp`);
  const failures: string[] = [];
  for (const base of bases) {
    const url = `${base}${name}`;
    try {
      onProgress(`${info.name}: downloading ${url}, ${Math.round(bytes / 1e6)} MB`);
      await downloadToFile(url, path, { maxBytes: bytes, signal });
      return await unpackArchive(info, origin, path);
    } catch (error) {
      failures.push(`download of ${url}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await rm(path, { force: true });
    }
  }
  throw new FleetError('DATASET_UNAVAILABLE', `${info.name}; looked: ${[...looked, ...failures].join('; ')}`);
}
