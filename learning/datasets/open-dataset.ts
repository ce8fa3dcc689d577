import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatasetInfo, type DatasetPart, datasetInfo, datasetParts } from './dataset-info.js';
import { idxHeaderBytes } from './idx.js';
import { type DatasetOptions, prepareDataset, rawFolder } from './prepare-dataset.js';
import { type RowFile, readFully, readRows } from './read-rows.js';
import { type Samples, sampleSize } from './samples.js';
import { partDims } from './verify-file.js';

/** An open dataset. Labels are in memory; images stay on disk until asked for. */
export interface Dataset {
  readonly info: DatasetInfo;
  readonly trainLabels: Uint8Array;
  readonly testLabels: Uint8Array;
  /** Training samples by index, in the order given. Throws RangeError for an index beyond the set. */
  readTrain(indices: Uint32Array): Promise<Samples>;
  /** The whole test set. */
  readTest(): Promise<Samples>;
  /** Closes the files; needed once, harmless when repeated. */
  close(): Promise<void>;
}

/**
 * Opens a dataset from the cache folder, and prepares it first where the cache lacks it. Costs a
 * few milliseconds and the labels' memory, so that an agent pays only for its own share. Files in
 * the cache were verified when they were written; here only their sizes are checked.
 *
 * @throws FleetError as `prepareDataset` does
 * @example
 * const dataset = await openDataset('synthetic_digits')
 * const samples = await dataset.readTrain(Uint32Array.of(0, 5, 9))
 */
export async function openDataset(name: string, options: DatasetOptions = {}): Promise<Dataset> {
  const info = datasetInfo(name);
  const folder = rawFolder(info, options);
  let files = await openParts(info, folder);
  if (files === undefined) {
    await prepareDataset(name, options);
    files = await openParts(info, folder);
  }
  if (files === undefined) throw new Error(`${folder} changed while it was opened`);
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

/** Opens the four files; undefined when one is absent or has not its size. */
async function openParts(
  info: DatasetInfo,
  folder: string,
): Promise<Record<DatasetPart, RowFile> | undefined> {
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

async function openPart(info: DatasetInfo, part: DatasetPart, path: string): Promise<RowFile | undefined> {
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
