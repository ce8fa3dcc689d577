import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { FleetError } from '#protocol';
import { formatIdx } from './idx.js';
import type { DatasetPart, ImageDatasetInfo } from './image-dataset-info.js';

const side = 32;
const pixels = side * side;
const recordBytes = 1 + 3 * pixels;

const trainFiles = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
const testFiles = ['test_batch.bin'];

/** CIFAR-10 (Krizhevsky 2009), binary version. The hash is of the published archive. */
export const cifar10 = Object.freeze<ImageDatasetInfo>({
  name: 'cifar10',
  title: 'CIFAR-10 photographs',
  task: 'classification',
  inputShape: [side, side, 3],
  classes: 10,
  classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  trainCount: 50_000,
  testCount: 10_000,
  scale: 1 / 255,
  licence: 'not stated',
  source: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  suggestedModel: 'cnn',
  cacheFolder: 'cifar10',
  files: {
    trainImages: { name: 'train-images-idx4-ubyte', bytes: 153_600_020 },
    trainLabels: { name: 'train-labels-idx1-ubyte', bytes: 50_008 },
    testImages: { name: 'test-images-idx4-ubyte', bytes: 30_720_020 },
    testLabels: { name: 'test-labels-idx1-ubyte', bytes: 10_008 },
  },
  origin: {
    kind: 'archive',
    archive: {
      name: 'cifar-10-binary.tar.gz',
      bytes: 170_052_171,
      sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
    },
    folders: ['cifar10', 'cifar-10', '.'],
    downloads: ['https://www.cs.toronto.edu/~kriz/'],
    unpack: unpackCifar,
  },
});

/**
 * Reads the binary version: records of one label byte and 3072 pixel bytes, all reds before all greens
 * before all blues. The parts have the colours of a pixel side by side.
 * @param path of the tar.gz
 */
export async function unpackCifar(path: string): Promise<Record<DatasetPart, Uint8Array>> {
  // Loaded only where an archive is unpacked: agents start without it.
  const { unpackTar } = await import('modern-tar');
  const tar = await buffer(createReadStream(path).pipe(createGunzip()));
  const entries = await unpackTar(tar, { filter: ({ name }) => name.endsWith('.bin') });
  const recordsOf = (names: readonly string[]): Uint8Array[] =>
    names.map((name) => {
      const data = entries.find(({ header }) => header.name.endsWith(`/${name}`))?.data;
      if (data !== undefined && data.byteLength % recordBytes === 0) return data;
      throw new FleetError('DATASET_CORRUPT', `${path}: ${name} is missing or not whole`);
    });
  const train = toIdx(recordsOf(trainFiles));
  const test = toIdx(recordsOf(testFiles));
  return {
    trainImages: train.images,
    trainLabels: train.labels,
    testImages: test.images,
    testLabels: test.labels,
  };
}

function toIdx(files: readonly Uint8Array[]): { readonly images: Uint8Array; readonly labels: Uint8Array } {
  const count = files.reduce((sum, { byteLength }) => sum + byteLength / recordBytes, 0);
  const images = new Uint8Array(count * 3 * pixels);
  const labels = new Uint8Array(count);
  let sample = 0;
  for (const file of files) {
    for (let start = 0; start < file.byteLength; start += recordBytes, sample++) {
      labels[sample] = file[start] ?? 0;
      for (let colour = 0; colour < 3; colour++) {
        const plane = start + 1 + colour * pixels;
        for (let pixel = 0; pixel < pixels; pixel++) {
          images[(sample * pixels + pixel) * 3 + colour] = file[plane + pixel] ?? 0;
        }
      }
    }
  }
  return { images: formatIdx([count, side, side, 3], images), labels: formatIdx([count], labels) };
}
