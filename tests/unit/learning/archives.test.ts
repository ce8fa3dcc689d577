import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cifar10 } from '#internal/learning/datasets/images/cifar10.js';
import { emnistSplit } from '#internal/learning/datasets/images/emnist.js';
import type { DatasetFile, ImageDatasetInfo } from '#internal/learning/datasets/images/image-dataset-info.js';
import { kmnist } from '#internal/learning/datasets/images/kmnist.js';
import { locateImages } from '#internal/learning/datasets/images/locate-images.js';
import { openImages } from '#internal/learning/datasets/images/open-images.js';
import { prepareImages } from '#internal/learning/datasets/images/prepare-images.js';
import { formatIdx, prepareDataset } from '#learning';
import { sha256 } from '#protocol';
import { temporaryFolder } from './real-data.js';

const quiet = () => undefined;
const corrupt = (message: RegExp) =>
  expect.objectContaining({ code: 'DATASET_CORRUPT', message: expect.stringMatching(message) });

/** Files of a small dataset: `train` and `test` samples of `size` bytes each. */
function files(info: ImageDatasetInfo, size: number, train: number, test: number, header: number) {
  const file = (part: DatasetFile, bytes: number): DatasetFile => ({ name: part.name, bytes });
  return {
    trainImages: file(info.files.trainImages, header + train * size),
    trainLabels: file(info.files.trainLabels, 8 + train),
    testImages: file(info.files.testImages, header + test * size),
    testLabels: file(info.files.testLabels, 8 + test),
  };
}

/** The same dataset with ten training samples and three to test, from this archive. */
function smaller(
  info: ImageDatasetInfo,
  archive: Uint8Array,
  size: number,
  header: number,
): ImageDatasetInfo {
  if (info.origin.kind !== 'archive') throw new Error('not in an archive');
  const { name } = info.origin.archive;
  return {
    ...info,
    trainCount: 10,
    testCount: 3,
    files: files(info, size, 10, 3, header),
    origin: { ...info.origin, archive: { name, bytes: archive.byteLength, sha256: sha256(archive) } },
  };
}

async function cifarArchive(records = 2): Promise<Uint8Array> {
  const batch = (first: number, count: number) =>
    Buffer.concat(
      Array.from({ length: count }, (_, i) =>
        // Red, green and blue planes whose values tell sample and colour.
        Buffer.concat([
          Buffer.of((first + i) % 10),
          ...[0, 1, 2].map((colour) => Buffer.alloc(1024, 80 * colour + first + i)),
        ]),
      ),
    );
  const entry = (name: string, body: Uint8Array) => ({
    header: { name: `cifar-10-batches-bin/${name}`, size: body.byteLength, type: 'file' as const },
    body,
  });
  const tar = await packTar([
    entry('batches.meta.txt', Buffer.from('airplane\n')),
    ...[1, 2, 3, 4, 5].map((n) => entry(`data_batch_${n}.bin`, batch(records * (n - 1), records))),
    entry('test_batch.bin', batch(20, 3)),
  ]);
  return gzipSync(tar);
}

/** A zip whose members are stored; its reader does not look at their CRC. */
function zip(members: Readonly<Record<string, Uint8Array>>): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(members)) {
    const sizes = Buffer.alloc(8);
    sizes.writeUInt32LE(data.byteLength, 0);
    sizes.writeUInt32LE(data.byteLength, 4);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(name.length, 0);
    const common = Buffer.concat([Buffer.alloc(12), sizes, lengths]);
    const head = Buffer.concat([Buffer.from('PK\x03\x04\x14\x00'), common, Buffer.from(name)]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x00\x14\x00'), common, place, Buffer.from(name));
    local.push(head, Buffer.from(data));
    offset += head.byteLength + data.byteLength;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  const count = Object.keys(members).length;
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(directory.byteLength, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]);
}

/** EMNIST's members, the pixel of line r, column c being 10 r + c of its stored image. */
function emnistArchive(emnist: ImageDatasetInfo, firstLabel: number): Buffer {
  const images = (count: number) =>
    formatIdx(
      [count, 28, 28],
      Uint8Array.from({ length: count * 784 }, (_, i) => Math.floor((i % 784) / 28) * 9 + (i % 28)),
    );
  const labels = (count: number) =>
    formatIdx(
      [count],
      Uint8Array.from({ length: count }, (_, i) => firstLabel + i),
    );
  const name = (part: keyof typeof emnist.files) => `gzip/${emnist.files[part].name}.gz`;
  return zip({
    'gzip/other.gz': gzipSync('x'),
    [name('trainImages')]: gzipSync(images(10)),
    [name('trainLabels')]: gzipSync(labels(10)),
    [name('testImages')]: gzipSync(images(3)),
    [name('testLabels')]: gzipSync(labels(3)),
  });
}

describe('cifar10', () => {
  it('is unpacked from its archive, the colours of a pixel side by side', async () => {
    const archive = await cifarArchive();
    const info = smaller(cifar10, archive, 3072, 20);
    const dataDir = await temporaryFolder();
    const cacheDir = await temporaryFolder();
    await mkdir(join(dataDir, 'cifar10'));
    await writeFile(join(dataDir, 'cifar10', 'cifar-10-binary.tar.gz'), archive);
    expect(await locateImages(info, { dataDir, cacheDir })).toBe(join(dataDir, 'cifar10'));
    expect((await prepareImages(info, { dataDir, cacheDir }, quiet)).source).toBe('data-dir');
    expect((await prepareImages(info, { dataDir, cacheDir }, quiet)).source).toBe('cache');
    const dataset = await openImages(info, { cacheDir });
    expect([...dataset.trainLabels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const { features, inputShape } = await dataset.readTrain(Uint32Array.of(7));
    expect(inputShape).toEqual([32, 32, 3]);
    expect([...features.slice(-6)]).toEqual([7, 87, 167, 7, 87, 167]);
    expect([...(await dataset.readTest()).labels]).toEqual([0, 1, 2]);
    await dataset.close();
  });

  it('is downloaded, and unpacked again when the cache was damaged', async () => {
    const archive = await cifarArchive();
    const info = smaller(cifar10, archive, 3072, 20);
    const server = createServer((_, response) => void response.end(archive)).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const mirrors = [`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`];
    const cacheDir = await temporaryFolder();
    expect((await prepareImages(info, { cacheDir, mirrors }, quiet)).source).toBe('download');
    const path = join(cacheDir, 'cifar10', info.files.trainImages.name);
    const bytes = await readFile(path);
    await writeFile(path, Buffer.concat([bytes.subarray(0, -1), Buffer.of(0)]));
    expect((await prepareImages(info, { cacheDir, mirrors }, quiet)).source).toBe('download');
    expect(await readFile(path)).toEqual(bytes);
  });

  it('is refused when the archive is not the published one, or not whole', async () => {
    const archive = await cifarArchive();
    const dataDir = await temporaryFolder();
    const prepare = async (info: ImageDatasetInfo) =>
      prepareImages(info, { dataDir, cacheDir: await temporaryFolder() }, quiet);
    await writeFile(join(dataDir, 'cifar-10-binary.tar.gz'), archive);
    await expect(prepare(cifar10)).rejects.toThrow(corrupt(/cifar-10-binary.tar.gz: hash mismatch/));
    const short = await cifarArchive(1);
    await writeFile(join(dataDir, 'cifar-10-binary.tar.gz'), short);
    await expect(prepare(smaller(cifar10, short, 3072, 20))).rejects.toThrow(
      corrupt(/dimensions 5x32x32x3, expected 10x/),
    );
    const cut = archive.subarray(0, archive.byteLength / 2);
    await writeFile(join(dataDir, 'cifar-10-binary.tar.gz'), cut);
    await expect(prepare(smaller(cifar10, cut, 3072, 20))).rejects.toThrow(corrupt(/unexpected end of file/));
  });
});

describe('emnist', () => {
  it.each([
    ['balanced', 0],
    ['digits', 0],
    ['letters', 1],
  ] as const)('%s is unpacked from its archive, images upright, labels from 0', async (split, firstLabel) => {
    const emnist = emnistSplit(split);
    const archive = emnistArchive(emnist, firstLabel);
    const info = smaller(emnist, archive, 784, 16);
    if (info.origin.kind !== 'archive') throw new Error('not in an archive');
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'gzip.zip'), archive);
    const cacheDir = await temporaryFolder();
    const dataDir = await temporaryFolder();
    await mkdir(join(dataDir, 'emnist'));
    await writeFile(join(dataDir, 'emnist', 'gzip.zip'), archive);
    await prepareImages(info, { dataDir, cacheDir }, quiet);
    const dataset = await openImages(info, { cacheDir });
    const { features, labels } = await dataset.readTest();
    expect([...labels]).toEqual([0, 1, 2]);
    // Line 2, column 5 was stored as line 5, column 2.
    expect(features[2 * 28 + 5]).toBe(5 * 9 + 2);
    await dataset.close();
  });

  it.each([
    ['balanced', 47, 131_600],
    ['byclass', 62, 814_255],
    ['bymerge', 47, 814_255],
    ['letters', 26, 145_600],
    ['digits', 10, 280_000],
    ['mnist', 10, 70_000],
  ] as const)('%s has %i classes, each with a name, and %i samples', (split, classes, samples) => {
    const info = emnistSplit(split);
    expect(info.classes).toBe(classes);
    expect(new Set(info.classNames).size).toBe(classes);
    expect(info.trainCount + info.testCount).toBe(samples);
  });

  it('refuses a split that it does not have', async () => {
    await expect(prepareDataset('emnist', { datasetArg: { split: 'odd' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/--dataset-arg split=odd: .*"balanced"\|"byclass".*/),
    });
  });
});

describe('kmnist', () => {
  const idx = {
    trainImages: formatIdx([10, 28, 28], new Uint8Array(7840)),
    trainLabels: formatIdx([10], new Uint8Array(10)),
    testImages: formatIdx([3, 28, 28], new Uint8Array(2352)),
    testLabels: formatIdx([3], new Uint8Array(3)),
  };
  const parts = Object.keys(idx) as (keyof typeof idx)[];
  const info: ImageDatasetInfo = {
    ...kmnist,
    trainCount: 10,
    testCount: 3,
    files: Object.fromEntries(
      parts.map((part) => [
        part,
        {
          name: kmnist.files[part].name,
          bytes: idx[part].byteLength,
          packedSha256: sha256(gzipSync(idx[part])),
        },
      ]),
    ) as ImageDatasetInfo['files'],
  };
  const inFolder = async (pack: (bytes: Uint8Array) => Uint8Array, suffix: string) => {
    const dataDir = await temporaryFolder();
    await mkdir(join(dataDir, 'kmnist'));
    for (const part of parts) {
      await writeFile(join(dataDir, 'kmnist', `${info.files[part].name}${suffix}`), pack(idx[part]));
    }
    return { dataDir, cacheDir: await temporaryFolder(), mirrors: [] };
  };

  it('is taken by the hash of the gzip files, and checked in the cache by the content’s own', async () => {
    const options = await inFolder(gzipSync, '.gz');
    expect((await prepareImages(info, options, quiet)).source).toBe('data-dir');
    const { cacheDir } = options;
    expect((await prepareImages(info, { cacheDir, mirrors: [] }, quiet)).source).toBe('cache');
    await writeFile(
      join(cacheDir, 'kmnist', info.files.testLabels.name),
      formatIdx([3], Uint8Array.of(0, 0, 1)),
    );
    await expect(prepareImages(info, { cacheDir, mirrors: [] }, quiet)).rejects.toMatchObject({
      code: 'DATASET_UNAVAILABLE',
      message: expect.stringMatching(/hash mismatch/),
    });
  });

  it('is not taken where nothing can verify it: other gzip files, or plain ones', async () => {
    const other = await inFolder((bytes) => gzipSync(bytes, { level: 1 }).fill(3, 9, 10), '.gz');
    await expect(prepareImages(info, other, quiet)).rejects.toThrow(
      corrupt(/hash mismatch: SHA-256 of the file/),
    );
    await expect(prepareImages(info, await inFolder((bytes) => bytes, ''), quiet)).rejects.toMatchObject({
      code: 'DATASET_UNAVAILABLE',
    });
  });
});
