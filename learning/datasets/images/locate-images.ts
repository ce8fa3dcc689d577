import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatasetOptions } from '../dataset.js';
import { locateFiles } from './data-folder.js';
import { datasetParts, type ImageDatasetInfo } from './image-dataset-info.js';
import { locateArchive } from './prepare-archive.js';
import { rawFolder } from './prepare-images.js';

/**
 * Where an image dataset is: the folder of its files, or `built in`. Does not read them.
 * @throws FleetError DATASET_CORRUPT when the data folder holds only a part of it
 */
export async function locateImages(
  info: ImageDatasetInfo,
  options: DatasetOptions,
): Promise<string | undefined> {
  if (info.origin.kind === 'rendered') return 'built in';
  if (options.dataDir !== undefined) {
    const found =
      info.origin.kind === 'archive'
        ? await locateArchive(info.origin, options.dataDir)
        : (await locateFiles(info, options.dataDir, info.origin.folders))?.trainImages;
    if (found !== undefined) return dirname(found);
  }
  const folder = rawFolder(info, options);
  for (const part of datasetParts) {
    const entry = await stat(join(folder, info.files[part].name)).catch(() => undefined);
    if (entry?.size !== info.files[part].bytes) return undefined;
  }
  return folder;
}
