import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, DatasetOptions } from '../dataset.js';
import { type Samples, sampleSize } from '../samples.js';
import { isSpareCacheSafe } from '../spare-cache.js';
import { idxHeaderBytes } from './idx.js';
import { type DatasetPart, datasetParts, type ImageDatasetInfo } from './image-dataset-info.js';
import { prepareImages, rawFolder, spareFolder } from './prepare-images.js';
import { type RowFile, readFully, readRows } from './read-rows.js';
import { partDims } from './verify-file.js';

type OpenFiles = Record<DatasetPart, RowFile>;

/**
 * Opens an image dataset from the cache folder, and prepares it first where the cache lacks it.
 * Labels are read into memory; images stay on disk until asked for.
 */
export async function openImages(info: ImageDatasetInfo, options: DatasetOptions): Promise<Dataset> {
  const files = (await openCached(info, options)) ?? (await openPrepared(info, options));
  const { trainImages, testImages } = files;
  const closeAll = () => closeHandles(Object.values(files).map((file) => file.handle));
  try {
    const trainLabels = await readAll(files.trainLabels);
    const testLabels = await readAll(files.testLabels);
    const samples = (features: Uint8Array, labels: Uint8Array): Samples => ({
      count: labels.length,
      inputShape: info.inputShape,
      features,
      scale: info.scale,
      labels,
    });
    return {
      info,
      trainLabels,
      testLabels,
      readTrain: async (indices) => {
        const features = await readRows(trainImages, indices);
        return samples(
          features,
          Uint8Array.from(indices, (index) => trainLabels[index] ?? 0),
        );
      },
      readTest: async () => samples(await readAll(testImages), testLabels),
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openCached(info: ImageDatasetInfo, options: DatasetOptions): Promise<OpenFiles | undefined> {
  const files = await openParts(info, rawFolder(info, options));
  if (files !== undefined || info.origin.kind !== 'rendered' || !(await isSpareCacheSafe())) return files;
  return await openParts(info, spareFolder(info));
}

async function openPrepared(info: ImageDatasetInfo, options: DatasetOptions): Promise<OpenFiles> {
  const { folder } = await prepareImages(info, options, () => undefined);
  const files = await openParts(info, folder);
  if (files === undefined) throw new Error(`${folder} changed while it was opened`);
  return files;
}

/** Opens the four files; undefined when one is absent or has not its size. */
async function openParts(info: ImageDatasetInfo, folder: string): Promise<OpenFiles | undefined> {
  const opened: Partial<Record<DatasetPart, RowFile>> = {};
  for (const part of datasetParts) {
    const file = await openPart(info, part, join(folder, info.files[part].name));
    if (file !== undefined) opened[part] = file;
  }
  const { trainImages, trainLabels, testImages, testLabels } = opened;
  if (trainImages && trainLabels && testImages && testLabels) {
    return { trainImages, trainLabels, testImages, testLabels };
  }
  await closeHandles(Object.values(opened).map((file) => file.handle));
  return undefined;
}

async function openPart(
  info: ImageDatasetInfo,
  part: DatasetPart,
  path: string,
): Promise<RowFile | undefined> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (handle === undefined) return undefined;
  if ((await handle.stat()).size !== info.files[part].bytes) {
    await handle.close();
    return undefined;
  }
  const dims = partDims(info, part);
  const rowBytes = part.endsWith('Labels') ? 1 : sampleSize(info.inputShape);
  return { handle, path, headerBytes: idxHeaderBytes(dims.length), rowBytes, rows: dims[0] ?? 0 };
}

async function readAll(file: RowFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(file.rows * file.rowBytes);
  await readFully(file, bytes, file.headerBytes);
  return bytes;
}

async function closeHandles(handles: readonly FileHandle[]): Promise<void> {
  await Promise.all(handles.map((handle) => handle.close()));
}
