import { buffer } from 'node:stream/consumers';
import type { Entry } from 'yauzl';
import { z } from 'zod';
import { FleetError } from '#protocol';
import type { DatasetSource } from '../dataset.js';
import { parseDatasetArgs } from '../dataset-args.js';
import { formatIdx, parseIdx } from './idx.js';
import type { DatasetFile, DatasetPart, ImageDatasetInfo } from './image-dataset-info.js';
import { imageSource } from './image-source.js';
import { unpack } from './verify-file.js';

const digits = '0123456789';
const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Letters whose two cases look alike share a class. */
const merged = `${digits}${capitals}abdefghnqrt`;

/** The splits of EMNIST (Cohen et al. 2017, table II): samples, the classes in order, and the first one's label. */
const splits = {
  balanced: { train: 112_800, test: 18_800, classes: merged, firstLabel: 0 },
  byclass: {
    train: 697_932,
    test: 116_323,
    classes: `${digits}${capitals}${capitals.toLowerCase()}`,
    firstLabel: 0,
  },
  bymerge: { train: 697_932, test: 116_323, classes: merged, firstLabel: 0 },
  letters: { train: 124_800, test: 20_800, classes: capitals, firstLabel: 1 },
  digits: { train: 240_000, test: 40_000, classes: digits, firstLabel: 0 },
  mnist: { train: 60_000, test: 10_000, classes: digits, firstLabel: 0 },
} as const;
type SplitName = keyof typeof splits;

const splitNames = [
  'balanced',
  'byclass',
  'bymerge',
  'letters',
  'digits',
  'mnist',
] as const satisfies SplitName[];

const argsSchema = z.strictObject({ split: z.enum(splitNames).default('balanced') });

/** EMNIST: digits and letters, in the split that `--dataset-arg split=NAME` names. */
export const emnistSource: DatasetSource = imageSource(emnistSplit('balanced'), ({ datasetArg }) =>
  emnistSplit(parseDatasetArgs('emnist', argsSchema, datasetArg).split),
);

/** One split as a dataset. The hash is of the published archive, which holds them all. */
export function emnistSplit(split: SplitName): ImageDatasetInfo {
  const { train, test, classes, firstLabel } = splits[split];
  const file = (part: string, header: number, bytes: number): DatasetFile => ({
    name: `emnist-${split}-${part}-ubyte`,
    bytes: header + bytes,
  });
  const files = {
    trainImages: file('train-images-idx3', 16, train * 784),
    trainLabels: file('train-labels-idx1', 8, train),
    testImages: file('test-images-idx3', 16, test * 784),
    testLabels: file('test-labels-idx1', 8, test),
  };
  return Object.freeze<ImageDatasetInfo>({
    name: 'emnist',
    title: `EMNIST handwritten digits and letters, ${split}`,
    task: 'classification',
    inputShape: [28, 28, 1],
    classes: classes.length,
    classNames: [...classes],
    trainCount: train,
    testCount: test,
    scale: 1 / 255,
    licence: 'not stated; from NIST Special Database 19',
    source: 'https://www.nist.gov/itl/products-and-services/emnist-dataset',
    suggestedModel: 'cnn',
    cacheFolder: `emnist-${split}`,
    files,
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
      unpack: (path) => unpackEmnist(path, files, firstLabel),
    },
  });
}

/**
 * Takes a split out of the zip and turns its images, which are stored column by column, into the usual
 * lines. Labels begin at 0 then.
 */
async function unpackEmnist(
  path: string,
  files: Readonly<Record<DatasetPart, DatasetFile>>,
  firstLabel: number,
): Promise<Record<DatasetPart, Uint8Array>> {
  // Loaded only where an archive is unpacked: agents start without it.
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  try {
    const entries = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
    const read = async (part: DatasetPart): Promise<Uint8Array> => {
      const { name, bytes } = files[part];
      const entry = entries.get(`gzip/${name}.gz`);
      if (entry === undefined) throw new FleetError('DATASET_CORRUPT', `${path}: no gzip/${name}.gz in it`);
      const packed = await buffer(await zip.openReadStreamPromise(entry));
      const plain = await unpack(packed, bytes, `${path}: ${name}.gz`);
      return part.endsWith('Images') ? transposed(plain, name) : fromZero(plain, name, firstLabel);
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

/** An IDX file of labels that begin at 0. What is below the first label becomes too large to pass as one. */
function fromZero(file: Uint8Array, name: string, firstLabel: number): Uint8Array {
  if (firstLabel === 0) return file;
  const { dims, data } = parseIdx(file, name);
  return formatIdx(
    dims,
    data.map((label) => label - firstLabel),
  );
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
