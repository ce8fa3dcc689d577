import { buffer } from 'node:stream/consumers';
import type { Entry } from 'yauzl';
import { FleetError } from '#protocol';
import { formatIdx, parseIdx } from './idx.js';
import type { DatasetPart, ImageDatasetInfo } from './image-dataset-info.js';
import { unpack } from './verify-file.js';

/** EMNIST (Cohen et al. 2017), the balanced split: digits and letters. The hash is of the published archive. */
export const emnist = Object.freeze<ImageDatasetInfo>({
  name: 'emnist',
  title: 'EMNIST handwritten digits and letters, balanced',
  task: 'classification',
  inputShape: [28, 28, 1],
  classes: 47,
  // Letters whose two cases look alike share a class.
  classNames: [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt'],
  trainCount: 112_800,
  testCount: 18_800,
  scale: 1 / 255,
  licence: 'not stated; from NIST Special Database 19',
  source: 'https://www.nist.gov/itl/products-and-services/emnist-dataset',
  defaultModel: 'cnn',
  cacheFolder: 'emnist-balanced',
  files: {
    trainImages: { name: 'emnist-balanced-train-images-idx3-ubyte', bytes: 88_435_216 },
    trainLabels: { name: 'emnist-balanced-train-labels-idx1-ubyte', bytes: 112_808 },
    testImages: { name: 'emnist-balanced-test-images-idx3-ubyte', bytes: 14_739_216 },
    testLabels: { name: 'emnist-balanced-test-labels-idx1-ubyte', bytes: 18_808 },
  },
  origin: {
    kind: 'archive',
    archive: {
      name: 'gzip.zip',
      bytes: 561_753_746,
      sha256: 'fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e',
    },
    folders: ['emnist', 'EMNIST', 'EMNIST/raw'],
    downloads: [
      'https://biometrics.nist.gov/cs_links/EMNIST/',
      'https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/',
    ],
    unpack: unpackEmnist,
  },
});

/**
 * Takes the balanced split out of the zip and turns its images, which are stored column by column,
 * into the usual lines.
 */
export async function unpackEmnist(path: string): Promise<Record<DatasetPart, Uint8Array>> {
  // Loaded only where an archive is unpacked: agents start without it.
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  try {
    const entries = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
    const read = async (part: DatasetPart): Promise<Uint8Array> => {
      const { name, bytes } = emnist.files[part];
      const entry = entries.get(`gzip/${name}.gz`);
      if (entry === undefined) throw new FleetError('DATASET_CORRUPT', `${path}: no gzip/${name}.gz in it`);
      const packed = await buffer(await zip.openReadStreamPromise(entry));
      const plain = await unpack(packed, bytes, `${path}: ${name}.gz`);
      return part.endsWith('Images') ? transposed(plain, name) : plain;
    };
    const [trainImages, trainLabels, testImages, testLabels] = [
      await read('trainImages'),
      await read('trainLabels'),
      await read('testImages'),
      await read('testLabels'),
    ];
    return { trainImages, trainLabels, testImages, testLabels };
  } finally {
    zip.close();
  }
}

/** An IDX file of images with their lines and columns exchanged. */
function transposed(file: Uint8Array, name: string): Uint8Array {
  const { dims, data } = parseIdx(file, name);
  const [count = 0, height = 0, width = 0] = dims;
  const images = new Uint8Array(data.length);
  const size = height * width;
  for (let start = 0; start < data.length; start += size) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        images[start + column * height + row] = data[start + row * width + column] ?? 0;
      }
    }
  }
  return formatIdx([count, width, height], images);
}
