import { FleetError } from '#protocol';
import type { DatasetSource } from './dataset.js';
import type { DatasetInfo } from './dataset-info.js';
import { cifar10 } from './images/cifar10.js';
import { emnistSource, emnistSplit } from './images/emnist.js';
import { fashionMnist } from './images/fashion-mnist.js';
import type { ImageDatasetInfo } from './images/image-dataset-info.js';
import { imageSource } from './images/image-source.js';
import { kmnist } from './images/kmnist.js';
import { mnist } from './images/mnist.js';
import { syntheticDigits } from './synthetic-digits/info.js';
import { syntheticSensors } from './synthetic-sensors/info.js';
import { csvSource } from './tables/csv-source.js';
import { publicTables } from './tables/public-tables.js';
import { tableSource } from './tables/table-source.js';

interface Entry {
  readonly info: DatasetInfo;
  readonly source: DatasetSource;
}

const ofImages = (info: ImageDatasetInfo): Entry => ({ info, source: imageSource(info) });

const registry: ReadonlyMap<string, Entry> = new Map(
  [
    ...[syntheticDigits, syntheticSensors, mnist, fashionMnist, kmnist].map(ofImages),
    { info: emnistSplit('balanced'), source: emnistSource },
    ofImages(cifar10),
    ...publicTables.map((table): Entry => ({ info: table.info, source: tableSource(table) })),
  ].map((entry) => [entry.info.name, entry]),
);

/** Names of all registered datasets, the built-in one first. A user's own table is `csv:FILE`. */
export const datasetNames: readonly string[] = Object.freeze([...registry.keys()]);

/** What a dataset's name starts with when the rest is the path of a user's own table. */
const csvPrefix = 'csv:';

/**
 * Looks a registered dataset up. Counts of a table are those of its default test split.
 * @throws FleetError DATASET_UNKNOWN that names the known ones
 */
export function datasetInfo(name: string): DatasetInfo {
  return entryOf(name).info;
}

/** @throws FleetError DATASET_UNKNOWN that names the known ones */
export function datasetSource(name: string): DatasetSource {
  return name.startsWith(csvPrefix) ? csvSource(name.slice(csvPrefix.length)) : entryOf(name).source;
}

function entryOf(name: string): Entry {
  const entry = registry.get(name);
  if (entry === undefined) {
    const known = [...datasetNames, `${csvPrefix}FILE`].join(', ');
    throw new FleetError('DATASET_UNKNOWN', `${JSON.stringify(name)}; the known ones are ${known}`);
  }
  return entry;
}
