import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FleetError, toFleetError } from '#protocol';
import { assertCacheWritable, defaultCacheDir, makeCacheFolder } from '../cache-folder.js';
import type { DatasetOptions, OnPrepareProgress, PreparedDataset } from '../dataset.js';
import { download } from '../download.js';
import { makeSpareCacheDir, spareCacheDir } from '../spare-cache.js';
import { verifyCachedPart, writePart } from './cached-part.js';
import { locateFiles, readPart } from './data-folder.js';
import {
  type DatasetOrigin,
  type DatasetPart,
  datasetParts,
  type ImageDatasetInfo,
} from './image-dataset-info.js';
import { downloadArchive, locateArchive, unpackArchive } from './prepare-archive.js';
import { unpack, verifyPacked, verifyPart } from './verify-file.js';

/** The folder under the cache that holds a dataset's decoded files. */
export function rawFolder(info: ImageDatasetInfo, options: DatasetOptions): string {
  return join(options.cacheDir ?? defaultCacheDir(), info.cacheFolder);
}

/** Where its files lie when that folder cannot be written: what we render needs no cache to be had. */
export function spareFolder(info: ImageDatasetInfo): string {
  return join(spareCacheDir(), info.cacheFolder);
}

/**
 * Makes sure that an image dataset's files lie decoded and verified (SHA-256) in the cache folder, or one that is
 * rendered in the spare folder.
 * @throws FleetError DATASET_CORRUPT for a damaged file under `dataDir`; DATASET_UNAVAILABLE,
 *   naming where was looked, when there is no source; CACHE_UNWRITABLE
 */
export async function prepareImages(
  info: ImageDatasetInfo,
  options: DatasetOptions,
  onProgress: OnPrepareProgress,
): Promise<PreparedDataset> {
  try {
    return await prepareIn(rawFolder(info, options), info, options, onProgress);
  } catch (cause) {
    if (info.origin.kind !== 'rendered' || toFleetError(cause).code !== 'CACHE_UNWRITABLE') throw cause;
    if (!(await makeSpareCacheDir())) throw cause;
    const folder = spareFolder(info);
    onProgress(`${info.name}: ${toFleetError(cause).message}; using ${folder}`);
    return await prepareIn(folder, info, options, onProgress);
  }
}

async function prepareIn(
  folder: string,
  info: ImageDatasetInfo,
  options: DatasetOptions,
  onProgress: OnPrepareProgress,
): Promise<PreparedDataset> {
  await makeCacheFolder(folder);
  if (info.origin.kind === 'archive')
    return prepareFromArchive(info, info.origin, options, folder, onProgress);
  const looked: string[] = [];
  if (info.origin.kind === 'files' && options.dataDir !== undefined) {
    if (await copyFromDataDir(info, options.dataDir, info.origin.folders, folder, onProgress)) {
      return { folder, source: 'data-dir' };
    }
    looked.push(`no ${info.origin.folders.join(', ')} under ${options.dataDir}`);
  }
  const unusable = await unusableParts(info, folder);
  if (unusable.size === 0) return { folder, source: 'cache' };
  if (info.origin.kind === 'rendered') {
    await assertCacheWritable(folder);
    await render(info, info.origin.render, folder, onProgress, options.signal);
    return { folder, source: 'rendered' };
  }
  looked.push(`in the cache ${folder}: ${[...new Set(unusable.values())].join(', ')}`);
  const bases = options.mirrors ?? info.origin.downloads;
  for (const part of unusable.keys()) {
    await writePart(
      info,
      part,
      folder,
      await downloadPart(info, part, bases, looked, onProgress, options.signal),
    );
  }
  return { folder, source: 'download' };
}

/** The cache comes first here: an archive takes seconds to verify. */
async function prepareFromArchive(
  info: ImageDatasetInfo,
  origin: Extract<DatasetOrigin, { kind: 'archive' }>,
  { dataDir, mirrors, signal }: DatasetOptions,
  folder: string,
  onProgress: OnPrepareProgress,
): Promise<PreparedDataset> {
  const unusable = await unusableParts(info, folder);
  if (unusable.size === 0) return { folder, source: 'cache' };
  const looked = [`in the cache ${folder}: ${[...new Set(unusable.values())].join(', ')}`];
  if (dataDir !== undefined) {
    const path = await locateArchive(origin, dataDir);
    if (path !== undefined) {
      onProgress(`${info.name}: unpacking ${path}`);
      await writeParts(info, folder, await unpackArchive(info, origin, path));
      return { folder, source: 'data-dir' };
    }
    looked.push(`no ${origin.archive.name} in ${origin.folders.join(', ')} under ${dataDir}`);
  }
  const bases = mirrors ?? origin.downloads;
  const parts = await downloadArchive(info, origin, folder, bases, looked, onProgress, signal);
  await writeParts(info, folder, parts);
  return { folder, source: 'download' };
}

async function writeParts(
  info: ImageDatasetInfo,
  folder: string,
  parts: Readonly<Record<DatasetPart, Uint8Array>>,
): Promise<void> {
  for (const part of datasetParts) await writePart(info, part, folder, parts[part]);
}

async function copyFromDataDir(
  info: ImageDatasetInfo,
  dataDir: string,
  folders: readonly string[],
  folder: string,
  onProgress: OnPrepareProgress,
): Promise<boolean> {
  const located = await locateFiles(info, dataDir, folders);
  if (located === undefined) return false;
  onProgress(`${info.name}: reading ${dirname(located.trainImages)}`);
  // The hash is fixed, so an intact cached file has the same content and need not be written again.
  const unusable = await unusableParts(info, folder);
  for (const part of datasetParts) {
    const bytes = await readPart(info, part, located[part]);
    if (unusable.has(part)) await writePart(info, part, folder, bytes);
  }
  return true;
}

/** The parts that the cache lacks or holds damaged, each with the reason. */
async function unusableParts(info: ImageDatasetInfo, folder: string): Promise<Map<DatasetPart, string>> {
  const unusable = new Map<DatasetPart, string>();
  for (const part of datasetParts) {
    const path = join(folder, info.files[part].name);
    const entry = await stat(path).catch(() => undefined);
    if (entry === undefined) {
      unusable.set(part, 'not there');
      continue;
    }
    try {
      await verifyCachedPart(info, part, folder);
    } catch (error) {
      unusable.set(part, error instanceof Error ? error.message : String(error));
    }
  }
  return unusable;
}

async function render(
  info: ImageDatasetInfo,
  renderParts: Extract<DatasetOrigin, { kind: 'rendered' }>['render'],
  folder: string,
  onProgress: OnPrepareProgress,
  signal: AbortSignal | undefined,
): Promise<void> {
  onProgress(`${info.name}: rendering ${info.trainCount + info.testCount} samples`);
  const rendered = await renderParts(info, signal);
  for (const part of datasetParts) {
    try {
      verifyPart(info, part, rendered[part], info.files[part].name);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FleetError('INTERNAL', `rendered otherwise than on other machines: ${reason}`, { cause });
    }
    await writePart(info, part, folder, rendered[part]);
  }
}

/** Tries each base URL in turn; what comes is used only if it verifies. */
async function downloadPart(
  info: ImageDatasetInfo,
  part: DatasetPart,
  bases: readonly string[],
  looked: readonly string[],
  onProgress: OnPrepareProgress,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const { name, bytes: size } = info.files[part];
  const failures: string[] = [];
  for (const base of bases) {
    const url = `${base}${name}.gz`;
    try {
      onProgress(`${info.name}: downloading ${url}`);
      const packed = await download(url, {
        ...{ maxBytes: size, signal },
        onProgress: everyTenth(info, name, onProgress),
      });
      verifyPacked(info, part, packed, url);
      const bytes = await unpack(packed, size, url);
      verifyPart(info, part, bytes, url);
      return bytes;
    } catch (error) {
      failures.push(`download of ${url}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new FleetError('DATASET_UNAVAILABLE', `${info.name}; looked: ${[...looked, ...failures].join('; ')}`);
}

function everyTenth(
  info: ImageDatasetInfo,
  name: string,
  onProgress: OnPrepareProgress,
): (done: number, total: number | undefined) => void {
  let told = 0;
  return (done, total) => {
    const tenth = total === undefined ? 0 : Math.floor((10 * done) / total);
    if (tenth > told) onProgress(`${info.name}: ${name} ${10 * tenth} %`);
    told = tenth;
  };
}
