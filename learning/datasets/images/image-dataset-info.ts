import type { DatasetInfo } from '../dataset-info.js';

/** The four files of an image dataset, by what they hold. */
export const datasetParts = ['trainImages', 'trainLabels', 'testImages', 'testLabels'] as const;
export type DatasetPart = (typeof datasetParts)[number];

/** One file in IDX form: its name without `.gz`, and its uncompressed size. */
export interface DatasetFile {
  readonly name: string;
  readonly bytes: number;
  /** Of the uncompressed file, where that is published. */
  readonly sha256?: string;
  /** Of the gzip file as it is published, where only that is known. */
  readonly packedSha256?: string;
}

/** A published archive that holds all of a dataset. */
export interface DatasetArchive {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** How the files of a dataset come about: drawn by this program, or found or downloaded. */
export type DatasetOrigin =
  | {
      readonly kind: 'rendered';
      readonly render: (
        counts: Pick<ImageDatasetInfo, 'trainCount' | 'testCount' | 'classes'>,
        signal?: AbortSignal,
      ) => Promise<Record<DatasetPart, Uint8Array>>;
    }
  | {
      readonly kind: 'files';
      /** Folders under a data folder that may hold the files, gzip or plain. */
      readonly folders: readonly string[];
      /** Base URLs that serve the files as gzip, in the order they are tried. */
      readonly downloads: readonly string[];
    }
  | {
      readonly kind: 'archive';
      readonly archive: DatasetArchive;
      /** Folders under a data folder that may hold the archive. */
      readonly folders: readonly string[];
      /** Base URLs that serve it, in the order they are tried. */
      readonly downloads: readonly string[];
      /** The four parts as IDX files, from the archive at a path. */
      readonly unpack: (path: string) => Promise<Record<DatasetPart, Uint8Array>>;
    };

/** A dataset of images and their classes, kept as four IDX files. */
export interface ImageDatasetInfo extends DatasetInfo {
  readonly task: 'classification';
  /** Height, width, channels. */
  readonly inputShape: readonly [number, number, number];
  /** A stored byte times this is a feature in 0..1. */
  readonly scale: number;
  /** Folder of its decoded files under the cache folder; carries a version where we render them. */
  readonly cacheFolder: string;
  readonly files: Readonly<Record<DatasetPart, DatasetFile>>;
  readonly origin: DatasetOrigin;
}
