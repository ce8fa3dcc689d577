import { once } from 'node:events';
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { download } from '#internal/learning/datasets/download.js';
import { emnistSplit } from '#internal/learning/datasets/images/emnist.js';
import {
  datasetInfo,
  datasetNames,
  formatIdx,
  locateDataset,
  openDataset,
  parseIdx,
  prepareDataset,
} from '#learning';
import { FleetError } from '#protocol';
import { realDataDir, temporaryFolder } from './real-data.js';

const real = realDataDir();
const names = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
};

const error = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

/** A server on this machine that answers as told; its base URL. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/`;
}

/** A base URL where nothing listens. */
async function nobody(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
}

/** The same bytes but for one bit. */
function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(5000) ^ 1, 5000);
  return copy;
}

describe('the registry', () => {
  it('describes every dataset', () => {
    expect(datasetNames.slice(0, 3)).toEqual(['synthetic_digits', 'synthetic_sensors', 'mnist']);
    for (const name of datasetNames) {
      const info = datasetInfo(name);
      expect(info.classNames).toHaveLength(info.classes);
      expect(info.classes > 0).toBe(info.task === 'classification');
      expect(info.licence).not.toBe('');
    }
  });

  it('names the known datasets when asked for another', async () => {
    const unknown = error('DATASET_UNKNOWN', /"cifar".*synthetic_digits, synthetic_sensors, mnist/);
    expect(() => datasetInfo('cifar')).toThrow(unknown);
    await expect(prepareDataset('cifar')).rejects.toThrow(unknown);
    await expect(openDataset('cifar')).rejects.toThrow(unknown);
  });
});

describe('synthetic_digits', () => {
  let rendered: string;
  beforeAll(async () => {
    rendered = await mkdtemp(join(tmpdir(), 'mlaas-rendered-'));
    expect((await prepareDataset('synthetic_digits', { cacheDir: rendered })).source).toBe('rendered');
  });
  afterAll(() => rm(rendered, { recursive: true, force: true }));

  it('is rendered into the cache once, balanced, and read row by row', async () => {
    const cacheDir = rendered;
    expect(await locateDataset('synthetic_digits', { cacheDir })).toBe('built in');
    const dataset = await openDataset('synthetic_digits', { cacheDir });
    expect((await prepareDataset('synthetic_digits', { cacheDir })).source).toBe('cache');
    for (const labels of [dataset.trainLabels, dataset.testLabels]) {
      const counts = new Array(10).fill(0);
      for (const label of labels) counts[label]++;
      expect(new Set(counts)).toEqual(new Set([labels.length / 10]));
    }
    const file = await readFile(join(cacheDir, 'synthetic-digits-v1', names.trainImages));
    const images = parseIdx(file).data;
    const indices = Uint32Array.of(11_999, 3, 3, 0, 700, 40, 41, 5000);
    const samples = await dataset.readTrain(indices);
    expect(samples).toMatchObject({ count: 8, inputShape: [28, 28, 1], scale: 1 / 255 });
    for (const [i, index] of indices.entries()) {
      const row = samples.features.subarray(i * 784, (i + 1) * 784);
      expect(Buffer.compare(Buffer.from(row), images.subarray(index * 784, (index + 1) * 784))).toBe(0);
      expect(samples.labels[i]).toBe(dataset.trainLabels[index]);
    }
    const test = await dataset.readTest();
    expect(test.count).toBe(2000);
    expect(test.features).toHaveLength(2000 * 784);
    expect((await dataset.readTrain(new Uint32Array(0))).count).toBe(0);
    await expect(dataset.readTrain(Uint32Array.of(12_000))).rejects.toThrow(RangeError);
    await dataset.close();
    await dataset.close();
  });

  it('is made again when a cached file is damaged, by several at once, leaving no temporary file', async () => {
    const cacheDir = await temporaryFolder();
    await cp(rendered, cacheDir, { recursive: true });
    const folder = join(cacheDir, 'synthetic-digits-v1');
    const path = join(folder, names.testImages);
    const good = await readFile(path);
    await truncate(path, 1000);
    const datasets = await Promise.all([1, 2].map(() => openDataset('synthetic_digits', { cacheDir })));
    await Promise.all(datasets.map((dataset) => dataset.close()));
    expect((await readFile(path)).equals(good)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(Object.values(names).sort());
    await writeFile(path, damaged(good));
    expect((await prepareDataset('synthetic_digits', { cacheDir })).source).toBe('rendered');
    expect((await readFile(path)).equals(good)).toBe(true);
  });
});

describe('offline without data', () => {
  it('names every place that was looked in, and both ways out', async () => {
    const cacheDir = await temporaryFolder();
    const dataDir = await temporaryFolder();
    const mirrors = [await nobody(), await serve((_, response) => response.writeHead(404).end())];
    const failure: unknown = await openDataset('mnist', { cacheDir, dataDir, mirrors }).catch(
      (e: unknown) => e,
    );
    expect(await locateDataset('mnist', { cacheDir, dataDir })).toBeUndefined();
    if (!(failure instanceof FleetError)) throw new Error('expected a FleetError');
    expect(failure.code).toBe('DATASET_UNAVAILABLE');
    expect(failure.message).toContain(`no mnist, MNIST/raw under ${dataDir}`);
    expect(failure.message).toContain(join(cacheDir, 'mnist'));
    expect(failure.message).toMatch(/127\.0\.0\.1:\d+\/train-images-idx3-ubyte\.gz: .*ECONNREFUSED/);
    expect(failure.message).toContain('HTTP status 404');
    expect(failure.toLine()).toMatch(/--data-dir.*synthetic_digits/);
    expect(failure.toLine()).not.toContain('\n');
  });
});

describe('emnist', () => {
  it('is located by the split that is asked for', async () => {
    const cacheDir = await temporaryFolder();
    const { cacheFolder, files } = emnistSplit('digits');
    const folder = join(cacheDir, cacheFolder);
    await mkdir(folder);
    for (const { name, bytes } of Object.values(files)) {
      await writeFile(join(folder, name), '');
      await truncate(join(folder, name), bytes);
    }
    const located = (datasetArg?: Record<string, string>) =>
      locateDataset('emnist', { cacheDir, datasetArg });
    expect(await located({ split: 'digits' })).toBe(folder);
    expect(await located({ split: 'letters' })).toBeUndefined();
    expect(await located()).toBeUndefined();
    // Arguments of other datasets are refused by who prepares it, not by who asks where it is.
    expect(await located({ scaler: 'minmax' })).toBeUndefined();
    expect(await locateDataset('synthetic_digits', { cacheDir, datasetArg: { split: 'digits' } })).toBe(
      'built in',
    );
  });
});

describe('a preparation that is called off', () => {
  const reason = new FleetError('INTERRUPTED', 'by SIGINT');

  it.each(['synthetic_digits', 'synthetic_sensors'])('ends the rendering of %s', async (name) => {
    const cacheDir = await temporaryFolder();
    const controller = new AbortController();
    const preparing = prepareDataset(name, { cacheDir, signal: controller.signal }, () =>
      controller.abort(reason),
    );
    await expect(preparing).rejects.toBe(reason);
    for (const folder of await readdir(cacheDir)) expect(await readdir(join(cacheDir, folder))).toEqual([]);
  });

  it.each(['kmnist', 'cifar10', 'iris'])('ends the download of %s and asks no other server', async (name) => {
    const controller = new AbortController();
    let requests = 0;
    const mirror = await serve((_, response) => {
      requests++;
      response.writeHead(200).write('the first bytes');
      controller.abort(reason);
    });
    const options = {
      cacheDir: await temporaryFolder(),
      mirrors: [mirror, mirror],
      signal: controller.signal,
    };
    await expect(prepareDataset(name, options)).rejects.toBe(reason);
    expect(requests).toBe(1);
  });
});

describe('download', () => {
  it('gives up on a server that falls silent', async () => {
    const base = await serve((_, response) => response.writeHead(200).write('begun'));
    await expect(download(base, { maxBytes: 100, stallMs: 50 })).rejects.toThrow('no data for 0.05 s');
  });

  it('refuses more bytes than the file can have', async () => {
    const base = await serve((_, response) => response.end(Buffer.alloc(200)));
    await expect(download(base, { maxBytes: 100 })).rejects.toThrow('more than 100 bytes');
  });

  it('reports progress', async () => {
    const base = await serve((_, response) => response.setHeader('content-length', 6).end('abcdef'));
    const seen: [number, number | undefined][] = [];
    const bytes = await download(base, { maxBytes: 100, onProgress: (...step) => seen.push(step) });
    expect(Buffer.from(bytes).toString()).toBe('abcdef');
    expect(seen.at(-1)).toEqual([6, 6]);
  });
});

describe.skipIf(real === undefined)('mnist and fashion_mnist', () => {
  const dir = real ?? '';
  let intact: string;
  beforeAll(async () => {
    intact = await mkdtemp(join(tmpdir(), 'mlaas-intact-'));
    await prepareDataset('mnist', { dataDir: dir, cacheDir: intact });
  });
  afterAll(() => rm(intact, { recursive: true, force: true }));

  /** A data folder with links to the real files under another layout; damage can be done to it. */
  async function dataFolder(layout: string, from = 'mnist'): Promise<{ dataDir: string; folder: string }> {
    const dataDir = await temporaryFolder();
    const folder = join(dataDir, layout);
    await mkdir(folder, { recursive: true });
    for (const name of Object.values(names)) {
      await symlink(join(dir, from, `${name}.gz`), join(folder, `${name}.gz`));
    }
    return { dataDir, folder };
  }

  async function replace(folder: string, name: string, bytes: Uint8Array): Promise<void> {
    await unlink(join(folder, name));
    await writeFile(join(folder, name), bytes);
  }

  it.each([
    ['mnist', [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]],
    ['fashion_mnist', new Array(10).fill(6000)],
  ])('%s: reads the gzip files of a data folder', async (name, expected) => {
    const cacheDir = await temporaryFolder();
    const prepared = await prepareDataset(name, { cacheDir, dataDir: dir });
    expect(prepared.source).toBe('data-dir');
    expect((await prepareDataset(name, { cacheDir })).source).toBe('cache');
    expect(await locateDataset(name, { cacheDir })).toBe(prepared.folder);
    const dataset = await openDataset(name, { cacheDir });
    const counts = new Array(10).fill(0);
    for (const label of dataset.trainLabels) counts[label]++;
    expect(counts).toEqual(expected);
    const samples = await dataset.readTrain(Uint32Array.of(59_999, 0));
    const images = gunzipSync(await readFile(join(dir, name.replace('_', '-'), `${names.trainImages}.gz`)));
    expect(Buffer.compare(Buffer.from(samples.features.subarray(0, 784)), images.subarray(-784))).toBe(0);
    expect(Buffer.compare(Buffer.from(samples.features.subarray(784)), images.subarray(16, 16 + 784))).toBe(
      0,
    );
    await dataset.close();
  });

  it.each([
    ['mnist', 'MNIST/raw', 'mnist'],
    ['fashion_mnist', 'FashionMNIST/raw', 'fashion-mnist'],
    ['fashion_mnist', 'fashion_mnist', 'fashion-mnist'],
  ])('%s: also finds the layout %s, with plain files', async (name, layout, from) => {
    const { dataDir, folder } = await dataFolder(layout, from);
    const packed = await readFile(join(folder, `${names.testLabels}.gz`));
    await unlink(join(folder, `${names.testLabels}.gz`));
    await writeFile(join(folder, names.testLabels), gunzipSync(packed));
    expect(await locateDataset(name, { dataDir })).toBe(folder);
    const prepared = await prepareDataset(name, { dataDir, cacheDir: await temporaryFolder() });
    expect(prepared.source).toBe('data-dir');
  });

  const labelsOf = async (part: 'trainLabels' | 'testLabels') =>
    gunzipSync(await readFile(join(dir, 'mnist', `${names[part]}.gz`)));
  it.each([
    ['is not gzip', async () => Buffer.from('<html>not found</html>'), /bad gzip: incorrect header check/],
    ['is empty', async () => Buffer.alloc(0), /bad gzip: unexpected end of file/],
    [
      'is cut off',
      async () => gzipSync(await labelsOf('testLabels')).subarray(0, 2000),
      /bad gzip: unexpected end/,
    ],
    [
      'unpacks to more',
      async () => gzipSync(await labelsOf('trainLabels')),
      /unpacks to more than 10008 bytes/,
    ],
    [
      'has another magic number',
      async () => gzipSync(Buffer.alloc(10_008, 1)),
      /not an IDX file: magic number 0x01010101/,
    ],
    [
      'has fewer labels than it says',
      async () => gzipSync((await labelsOf('testLabels')).subarray(0, 9000)),
      /truncated: 8992 bytes of data/,
    ],
    [
      'has another count',
      async () => gzipSync(formatIdx([9000], new Uint8Array(9000))),
      /dimensions 9000, expected 10000/,
    ],
    [
      'is valid but not the known file',
      async () => gzipSync(formatIdx([10_000], new Uint8Array(10_000))),
      /hash mismatch/,
    ],
  ])('refuses a file of the data folder that %s, also with an intact cache', async (_, bytes, reason) => {
    const { dataDir, folder } = await dataFolder('mnist');
    const name = `${names.testLabels}.gz`;
    await replace(folder, name, await bytes());
    const failure: unknown = await prepareDataset('mnist', { dataDir, cacheDir: intact }).catch(
      (e: unknown) => e,
    );
    expect(failure).toEqual(error('DATASET_CORRUPT', reason));
    expect(failure).toEqual(error('DATASET_CORRUPT', new RegExp(join(folder, name))));
  });

  it('refuses a data folder that lacks one of the files', async () => {
    const { dataDir, folder } = await dataFolder('mnist');
    await unlink(join(folder, `${names.trainLabels}.gz`));
    await expect(prepareDataset('mnist', { dataDir, cacheDir: intact })).rejects.toThrow(
      error('DATASET_CORRUPT', /train-labels-idx1-ubyte\[\.gz\]: missing/),
    );
  });

  it('downloads what the cache lacks, past a mirror that serves something else', async () => {
    const cacheDir = await temporaryFolder();
    await cp(intact, cacheDir, { recursive: true });
    await unlink(join(cacheDir, 'mnist', names.testLabels));
    await truncate(join(cacheDir, 'mnist', names.testImages), 500);
    const asked: string[] = [];
    const wrong = await serve(async (_, response) =>
      response.end(gzipSync(formatIdx([10_000], new Uint8Array(10_000)))),
    );
    const right = await serve(async (request, response) => {
      asked.push(request.url ?? '');
      response.end(await readFile(join(dir, 'mnist', request.url ?? '')));
    });
    const told: string[] = [];
    const prepared = await prepareDataset('mnist', { cacheDir, mirrors: [wrong, right] }, (text) =>
      told.push(text),
    );
    expect(prepared.source).toBe('download');
    expect(asked.sort()).toEqual([`/${names.testImages}.gz`, `/${names.testLabels}.gz`]);
    expect(told).toContain(`mnist: downloading ${right}${names.testLabels}.gz`);
    const dataset = await openDataset('mnist', { cacheDir });
    expect([...dataset.testLabels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    await dataset.close();
  });
});
