import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { locateFiles } from './data-folder.js';
import { datasetInfo, datasetParts } from './dataset-info.js';
import { type DatasetOptions, rawFolder } from './prepare-dataset.js';

/**
 * Where `prepareDataset` would take a dataset from without a download: a folder, or `built in`.
 * Looks for files only, does not read them.
 * @returns undefined when it is not on this machine
 * @throws FleetError DATASET_UNKNOWN; DATASET_CORRUPT when the data folder holds only a part of it
 */
export async function locateDataset(name: string, options: DatasetOptions = {}): Promise<string | undefined> {
  const info = datasetInfo(name);
  if (info.origin.kind === 'rendered') return 'built in';
  if (options.dataDir !== undefined) {
    const located = await locateFiles(info, options.dataDir, info.origin.folders);
    if (located !== undefined) return dirname(located.trainImages);
  }
  const folder = rawFolder(info, options);
  for (const part of datasetParts) {
    const entry = await stat(join(folder, info.files[part].name)).catch(() => undefined);
    if (entry?.size !== info.files[part].bytes) return undefined;
  }
  return folder;
}
