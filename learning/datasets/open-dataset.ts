import type { Dataset, DatasetOptions, OnPrepareProgress, PreparedDataset } from './dataset.js';
import { datasetSource } from './registry.js';

/**
 * Makes sure that a dataset lies decoded and verified in the cache folder. Takes it from `dataDir`
 * where that holds it, else from the cache, else downloads it; a built-in dataset is rendered (beside the
 * temporary files where the cache cannot be written), and `csv:FILE` is read. Several processes may do so at once.
 *
 * @throws FleetError DATASET_UNKNOWN; DATASET_CORRUPT for a damaged file; DATASET_INVALID for a table of
 *   the user's own; DATASET_UNAVAILABLE, naming where was looked, when there is no source;
 *   CACHE_UNWRITABLE; CONFIG_INVALID for arguments it does not take; the signal's reason when it aborts
 * @example await prepareDataset('mnist', { dataDir: '../data' })
 */
export async function prepareDataset(
  name: string,
  options: DatasetOptions = {},
  onProgress: OnPrepareProgress = () => undefined,
): Promise<PreparedDataset> {
  try {
    return await datasetSource(name).prepare(options, onProgress);
  } catch (cause) {
    // Whatever an ended preparation says went wrong.
    options.signal?.throwIfAborted();
    throw cause;
  }
}

/**
 * Opens a dataset from the cache folder, and prepares it first where the cache lacks it. Costs a
 * few milliseconds, so that an agent pays only for its own share: files in the cache were verified
 * when they were written; here only their sizes are checked.
 *
 * @throws FleetError as `prepareDataset` does
 * @example
 * const dataset = await openDataset('synthetic_digits')
 * const samples = await dataset.readTrain(Uint32Array.of(0, 5, 9))
 */
export async function openDataset(name: string, options: DatasetOptions = {}): Promise<Dataset> {
  return datasetSource(name).open(options);
}

/**
 * Where `prepareDataset` would take a dataset from without a download: a folder, or `built in`.
 * Looks for files only, does not read them.
 * @returns undefined when it is not on this machine
 * @throws FleetError DATASET_UNKNOWN; DATASET_CORRUPT when the data folder holds only a part of it
 */
export async function locateDataset(name: string, options: DatasetOptions = {}): Promise<string | undefined> {
  return datasetSource(name).locate(options);
}
