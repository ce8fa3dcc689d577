import { FleetError } from '#protocol';
import { fashionMnist } from './fashion-mnist.js';
import { mnist } from './mnist.js';
import { syntheticDigits } from './synthetic-digits/info.js';

/** The four files of a dataset, by what they hold. */
export const datasetParts = ['trainImages', 'trainLabels', 'testImages', 'testLabels'] as const;
export type DatasetPart = (typeof datasetParts)[number];

/** One file in IDX form: its name without `.gz`, and its uncompressed size and hash. */
export interface DatasetFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** How the files of a dataset come about: drawn by this program, or found or downloaded. */
export type DatasetOrigin =
  | { readonly kind: 'rendered' }
  | {
      readonly kind: 'files';
      /** Folders under a data folder that may hold the files, gzip or plain. */
      readonly folders: readonly string[];
      /** Base URLs that serve the files as gzip, in the order they are tried. */
      readonly downloads: readonly string[];
    };

/** What is known of a dataset before a byte of it is read. */
export interface DatasetInfo {
  readonly name: string;
  readonly title: string;
  readonly task: 'classification';
  /** Shape of one sample: height, width, channels. */
  readonly inputShape: readonly [number, number, number];
  readonly classes: number;
  readonly classNames: readonly string[];
  readonly trainCount: number;
  readonly testCount: number;
  /** A stored byte times this is a feature in 0..1. */
  readonly scale: number;
  readonly licence: string;
  /** Where the dataset is described. */
  readonly source: string;
  /** Folder of its decoded files under the cache folder; carries a version where we render them. */
  readonly cacheFolder: string;
  readonly files: Readonly<Record<DatasetPart, DatasetFile>>;
  readonly origin: DatasetOrigin;
}

const registry: ReadonlyMap<string, DatasetInfo> = new Map(
  [syntheticDigits, mnist, fashionMnist].map((info) => [info.name, info]),
);

/** Names of all datasets, the built-in one first. */
export const datasetNames: readonly string[] = Object.freeze([...registry.keys()]);

/**
 * Looks a dataset up.
 * @throws FleetError DATASET_UNKNOWN that names the known ones
 */
export function datasetInfo(name: string): DatasetInfo {
  const info = registry.get(name);
  if (info === undefined) {
    throw new FleetError(
      'DATASET_UNKNOWN',
      `${JSON.stringify(name)}; the known ones are ${datasetNames.join(', ')}`,
    );
  }
  return info;
}
