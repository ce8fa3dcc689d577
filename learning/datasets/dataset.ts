import type { RunConfig } from '#protocol';
import type { DatasetInfo } from './dataset-info.js';
import type { Samples } from './samples.js';

/** Where a dataset comes from and what of it is wanted; a run's configuration is one. */
export interface DatasetOptions {
  /** Folder that may hold the dataset. */
  readonly dataDir?: string | undefined;
  /** Where decoded files are kept; default: `defaultCacheDir()`. */
  readonly cacheDir?: string | undefined;
  /** `--dataset-arg`: what the dataset lets its user choose, such as a table's scaler. */
  readonly datasetArg?: RunConfig['datasetArg'] | undefined;
  /** Ends a preparation, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Base URLs to download from in place of the public ones, such as an own mirror. */
  readonly mirrors?: readonly string[] | undefined;
}

/** Told in one line what the preparation is about to do, and how far a download is. */
export type OnPrepareProgress = (text: string) => void;

/** Where `prepare` took a dataset from. */
export type PreparedFrom = 'data-dir' | 'cache' | 'download' | 'rendered' | 'file';

export interface PreparedDataset {
  /** Folder with the dataset's decoded, verified files. */
  readonly folder: string;
  readonly source: PreparedFrom;
}

/** An open dataset. Labels and targets are in memory; features may stay on disk until asked for. */
export interface Dataset {
  readonly info: DatasetInfo;
  /** Class of every training sample; all 0 where the task is regression. */
  readonly trainLabels: Uint8Array;
  readonly testLabels: Uint8Array;
  /** For regression: the target of every training sample. */
  readonly trainTargets?: Float32Array | undefined;
  /** SHA-256 of the file it was read from, where its name does not tell its content. */
  readonly contentSha256?: string | undefined;
  /** Training samples by index, in the order given. Throws RangeError for an index beyond the set. */
  readTrain(indices: Uint32Array): Promise<Samples>;
  /** The whole test set. */
  readTest(): Promise<Samples>;
  /** Closes the files; needed once, harmless when repeated. */
  close(): Promise<void>;
}

/** One dataset, whatever its format: how it is found, made ready and read. */
export interface DatasetSource {
  /**
   * Makes sure that the dataset lies decoded and verified in the cache folder. Several processes
   * may do so at once.
   * @throws FleetError DATASET_CORRUPT, DATASET_INVALID, DATASET_UNAVAILABLE, CACHE_UNWRITABLE, or CONFIG_INVALID
   *   for its arguments
   */
  prepare(options: DatasetOptions, onProgress: OnPrepareProgress): Promise<PreparedDataset>;
  /** Opens it from the cache folder, and prepares it first where the cache lacks it. */
  open(options: DatasetOptions): Promise<Dataset>;
  /** Where it is on this machine, without reading it; undefined where it is not. */
  locate(options: DatasetOptions): Promise<string | undefined>;
}
