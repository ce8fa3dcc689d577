import { z } from 'zod';
import type { DatasetOptions, DatasetSource } from '../dataset.js';
import { parseDatasetArgs } from '../dataset-args.js';
import type { ImageDatasetInfo } from './image-dataset-info.js';
import { locateImages } from './locate-images.js';
import { openImages } from './open-images.js';
import { prepareImages } from './prepare-images.js';

/** Most image datasets have a test set and a scale of their own: there is nothing to choose. */
const noArgs = z.strictObject({});

/**
 * A dataset in four IDX files.
 * @param infoOf what the arguments choose, where the dataset takes some; throws FleetError CONFIG_INVALID
 */
export function imageSource(
  standard: ImageDatasetInfo,
  infoOf: (options: DatasetOptions) => ImageDatasetInfo = ({ datasetArg }) => {
    parseDatasetArgs(standard.name, noArgs, datasetArg);
    return standard;
  },
): DatasetSource {
  const infoOrStandard = (options: DatasetOptions): ImageDatasetInfo => {
    try {
      return infoOf(options);
    } catch {
      return standard;
    }
  };
  return {
    prepare: async (options, onProgress) => prepareImages(infoOf(options), options, onProgress),
    open: async (options) => openImages(infoOf(options), options),
    // Who asks where every dataset is may have arguments that another one takes; `prepare` refuses them.
    locate: async (options) => locateImages(infoOrStandard(options), options),
  };
}
