import { z } from 'zod';
import type { DatasetSource } from '../dataset.js';
import { parseDatasetArgs } from '../dataset-args.js';
import type { ImageDatasetInfo } from './image-dataset-info.js';
import { locateImages } from './locate-images.js';
import { openImages } from './open-images.js';
import { prepareImages } from './prepare-images.js';

/** Image datasets have a test set and a scale of their own: there is nothing to choose. */
const noArgs = z.strictObject({});

/** A dataset in four IDX files. */
export function imageSource(info: ImageDatasetInfo): DatasetSource {
  return {
    async prepare(options, onProgress) {
      parseDatasetArgs(info.name, noArgs, options.datasetArg);
      return prepareImages(info, options, onProgress);
    },
    open: (options) => openImages(info, options),
    locate: (options) => locateImages(info, options),
  };
}
