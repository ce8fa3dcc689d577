import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetError } from '#protocol';
import {
  type DatasetFile,
  type DatasetPart,
  datasetParts,
  type ImageDatasetInfo,
} from './image-dataset-info.js';
import { unpack, verifyPacked, verifyPart } from './verify-file.js';

/** Where each part of a dataset lies. */
export type LocatedFiles = Readonly<Record<DatasetPart, string>>;

/**
 * Looks for a dataset under a data folder, in each layout that is known for it, plain before gzip.
 * @returns undefined when no layout holds any of the files
 * @throws FleetError DATASET_CORRUPT when a layout holds some of the files but not all
 */
export async function locateFiles(
  info: ImageDatasetInfo,
  dataDir: string,
  folders: readonly string[],
): Promise<LocatedFiles | undefined> {
  for (const folder of folders) {
    const found = new Map<DatasetPart, string>();
    for (const part of datasetParts) {
      const path = await firstFile(candidates(join(dataDir, folder), info.files[part]));
      if (path !== undefined) found.set(part, path);
    }
    if (found.size === 0) continue;
    const at = (part: DatasetPart): string => {
      const path = found.get(part);
      if (path !== undefined) return path;
      const missing = join(dataDir, folder, `${info.files[part].name}[.gz]`);
      throw new FleetError('DATASET_CORRUPT', `${missing}: missing beside the dataset's other files`);
    };
    return {
      trainImages: at('trainImages'),
      trainLabels: at('trainLabels'),
      testImages: at('testImages'),
      testLabels: at('testLabels'),
    };
  }
  return undefined;
}

/** Only the gzip file where nothing but its hash is known: what cannot be verified is not taken. */
function candidates(folder: string, { name, packedSha256 }: DatasetFile): string[] {
  const plain = join(folder, name);
  return packedSha256 === undefined ? [plain, `${plain}.gz`] : [`${plain}.gz`];
}

async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const entry = await stat(path).catch(() => undefined);
    if (entry?.isFile()) return path;
  }
  return undefined;
}

/**
 * Reads one part, gzip or plain, and verifies it.
 * @param expected SHA-256 of the content, where not the published one
 * @returns the uncompressed IDX file
 * @throws FleetError DATASET_CORRUPT, or DATASET_UNAVAILABLE when the file cannot be read
 */
export async function readPart(
  info: ImageDatasetInfo,
  part: DatasetPart,
  path: string,
  expected?: string,
): Promise<Uint8Array> {
  const stored = await readFile(path).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('DATASET_UNAVAILABLE', `cannot read ${path}: ${reason}`, { cause });
  });
  if (!path.endsWith('.gz')) {
    verifyPart(info, part, stored, path, expected);
    return stored;
  }
  verifyPacked(info, part, stored, path);
  const bytes = await unpack(stored, info.files[part].bytes, path);
  verifyPart(info, part, bytes, path, expected);
  return bytes;
}
