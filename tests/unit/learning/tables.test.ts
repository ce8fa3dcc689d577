import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fitScaler, scaleRows } from '#internal/learning/datasets/tables/scaler.js';
import { splitTable } from '#internal/learning/datasets/tables/split-table.js';
import { datasetInfo, openDataset, prepareDataset, type Samples } from '#learning';
import { realDataDir, temporaryFolder } from './real-data.js';

const real = realDataDir();
const tableNames = ['digits', 'iris', 'wine', 'breast_cancer', 'california_housing', 'diabetes'];

const error = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

const allRows = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

function column({ features, count }: Samples, index: number): number[] {
  const columns = features.length / count;
  return Array.from({ length: count }, (_, row) => features[row * columns + index] ?? Number.NaN);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** A folder with one CSV file; options that keep its cache there too. */
async function csvFile(text: string): Promise<{ name: string; options: { cacheDir: string } }> {
  const folder = await temporaryFolder();
  const path = join(folder, 'own.csv');
  await writeFile(path, text);
  return { name: `csv:${path}`, options: { cacheDir: join(folder, 'cache') } };
}

describe.skipIf(real === undefined)('public tables', () => {
  it.each(tableNames)('%s is read from the data folder, and then from the cache', async (name) => {
    const cacheDir = await temporaryFolder();
    expect((await prepareDataset(name, { dataDir: real, cacheDir })).source).toBe('data-dir');
    expect((await prepareDataset(name, { cacheDir })).source).toBe('cache');
    const info = datasetInfo(name);
    const dataset = await openDataset(name, { cacheDir });
    expect(dataset.info).toMatchObject({ trainCount: info.trainCount, testCount: info.testCount });
    const train = await dataset.readTrain(allRows(info.trainCount));
    const test = await dataset.readTest();
    expect(train.inputShape).toEqual(info.inputShape);
    expect(test.count).toBe(info.testCount);
    // Scaled by what trains alone: exact there, and only about so where it tests.
    for (let i = 0; i < train.features.length / train.count; i++) {
      const values = column(train, i);
      const isConstant = values.every((value) => value === values[0]);
      expect(mean(values)).toBeCloseTo(0, 5);
      expect(deviation(values)).toBeCloseTo(isConstant ? 0 : 1, 5);
    }
    expect(Math.abs(mean(column(test, 3)))).toBeGreaterThan(1e-5);
    if (info.task === 'regression') {
      expect(train.targets).toEqual(dataset.trainTargets);
      expect(mean([...(train.targets ?? [])])).toBeCloseTo(0, 5);
    } else {
      expect(new Set(train.labels)).toEqual(new Set(info.classNames.keys()));
      expect(new Set(test.labels).size).toBe(info.classes);
    }
  });

  it('refuses a table with one other value', async () => {
    const folder = await temporaryFolder();
    const text = await readFile(join(real ?? '', 'tabular', 'iris.csv'), 'utf8');
    await writeFile(join(folder, 'iris.csv'), text.replace('5.1,3.5', '5.1,3.6'));
    await expect(
      prepareDataset('iris', { dataDir: folder, cacheDir: join(folder, 'cache') }),
    ).rejects.toThrow(error('DATASET_CORRUPT', /iris\.csv: hash mismatch/));
    await writeFile(join(folder, 'iris.csv'), text.replace('5.1,3.5', '5.1,three'));
    await expect(
      prepareDataset('iris', { dataDir: folder, cacheDir: join(folder, 'cache') }),
    ).rejects.toThrow(
      error('DATASET_CORRUPT', /row 1: column "sepal width \(cm\)" is "three", not a number/),
    );
  });

  it('downloads the public form of a table, which has other headers, columns and compression', async () => {
    const local = (name: string) => readFile(join(real ?? '', 'tabular', name));
    const body = (text: string) => text.slice(text.indexOf('\n') + 1);
    const diabetes = body((await local('diabetes.csv')).toString())
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    const files: Record<string, Uint8Array | string> = {
      'iris.csv': `150,4,setosa,versicolor,virginica\n${body((await local('iris.csv')).toString())}`,
      'digits.csv.gz': gzipSync(body((await local('digits.csv')).toString())),
      'diabetes_data.csv.gz': gzipSync(diabetes.map((row) => row.slice(0, -1).join(' ')).join('\n')),
      'diabetes_target.csv.gz': gzipSync(diabetes.map((row) => row.at(-1)).join('\n')),
      'cal_housing.data': body(gunzipSync(await local('california_housing_raw.csv.gz')).toString()),
    };
    const server = createServer((request, response) => {
      const file = files[basename(request.url ?? '')];
      response.writeHead(file === undefined ? 404 : 200).end(file);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const mirrors = [`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`];
    const cacheDir = await temporaryFolder();
    for (const name of ['iris', 'digits', 'diabetes', 'california_housing']) {
      expect((await prepareDataset(name, { cacheDir, mirrors })).source).toBe('download');
      expect((await prepareDataset(name, { cacheDir, mirrors: [] })).source).toBe('cache');
    }
    await expect(prepareDataset('wine', { cacheDir, mirrors })).rejects.toThrow(
      error('DATASET_UNAVAILABLE', /wine; looked: .*wine_data\.csv: HTTP status 404/),
    );
  });

  it('takes the arguments of tables and refuses others', async () => {
    const options = { dataDir: real, cacheDir: await temporaryFolder() };
    const open = (datasetArg: Record<string, string>) => openDataset('wine', { ...options, datasetArg });
    const scaled = await open({ scaler: 'minmax', test_size: '0.5', seed: '7' });
    const train = await scaled.readTrain(allRows(scaled.info.trainCount));
    expect(scaled.info.testCount).toBe(89);
    expect([Math.min(...train.features), Math.max(...train.features)]).toEqual([0, 1]);
    const raw = await (await open({ scaler: 'none' })).readTrain(Uint32Array.of(0));
    expect(raw.features[12]).toBeGreaterThan(100);
    const bad: [string, string, RegExp][] = [
      ['scaler', 'robust', /--dataset-arg scaler=robust: .*"standard"\|"minmax"\|"none"/],
      ['test_size', '1.5', /--dataset-arg test_size=1.5: .*<=0\.9/],
      ['colour', 'red', /--dataset-arg colour=red: wine takes test_size, seed, scaler, y_standardize/],
    ];
    for (const [key, value, message] of bad) {
      await expect(prepareDataset('wine', { ...options, datasetArg: { [key]: value } })).rejects.toThrow(
        error('CONFIG_INVALID', message),
      );
    }
    await expect(
      prepareDataset('synthetic_digits', { ...options, datasetArg: { seed: '1' } }),
    ).rejects.toThrow(error('CONFIG_INVALID', /synthetic_digits takes none/));
  });
});

describe('csv:FILE', () => {
  const people = 'age,city,height,grade\n31,1,1.7,b\n40,2,1.8,a\n22,1,1.6,b\n55,3,1.9,a\n35,2,1.75,b\n';

  it('takes the last column for the target, and text or few whole numbers for classes', async () => {
    const { name, options } = await csvFile(people);
    const dataset = await openDataset(name, options);
    expect(dataset.info).toMatchObject({ task: 'classification', classNames: ['a', 'b'], inputShape: [3] });
    expect(dataset.info.trainCount + dataset.info.testCount).toBe(5);
    const height = await openDataset(name, { ...options, datasetArg: { target: 'height', drop: 'grade' } });
    expect(height.info).toMatchObject({ task: 'regression', classes: 0, inputShape: [2] });
    const city = { target: 'city', drop: 'grade', task: 'regression', y_standardize: 'false' };
    const raw = await openDataset(name, { ...options, datasetArg: city });
    expect(raw.trainTargets?.every((target) => [1, 2, 3].includes(target))).toBe(true);
  });

  it('is known by its content', async () => {
    const { name, options } = await csvFile(people);
    const before = await openDataset(name, options);
    await writeFile(name.slice(4), people.replace('31', '32'));
    const after = await openDataset(name, options);
    expect(before.contentSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(after.contentSha256).not.toBe(before.contentSha256);
  });

  it.each([
    [
      'text in a number column',
      people.replace('22', 'young'),
      {},
      /:4: column "age" is "young", not a number/,
    ],
    ['an empty field', people.replace('22', ''), {}, /:4: column "age" is empty, not a number/],
    ['a missing target', people.replace('1.6,b', '1.6,'), {}, /:4: column "grade" is empty, the target must/],
    [
      'an unknown target',
      people,
      { target: 'wage' },
      /target=wage: .*has the columns age, city, height, grade/,
    ],
    ['a column to drop that is not there', people, { drop: 'age,wage' }, /drop=wage: .*has the columns age/],
    [
      'text as a target of regression',
      people,
      { task: 'regression' },
      /:2: column "grade" is "b", not a number/,
    ],
    ['a single class', people.replaceAll(',b', ',a'), {}, /"grade" has 1 classes, allowed are 2 to 256/],
    ['records of unequal length', `${people}1,2\n`, {}, /Invalid Record Length/],
    ['a stray quote', people.replace('1.6', '1".6'), {}, /own\.csv: .*[Qq]uote/],
    ['a header alone', 'a,b\n', {}, /0 rows below the header/],
    ['columns of one name', people.replace('city', 'age'), {}, /two columns are named "age"/],
    ['nothing but a target', 'grade\na\nb\n', {}, /no column besides the target/],
  ])('refuses %s', async (_, text, datasetArg, message) => {
    const { name, options } = await csvFile(text);
    await expect(prepareDataset(name, { ...options, datasetArg })).rejects.toThrow(message);
  });

  it.each(['\n', '\r\n', '\r'])(
    'names the line of a mistake behind blank and broken lines, ends %j',
    async (end) => {
      const lines = ['x,kind', '', '1,"a', 'b"', '   ', '2,c', '', 'three,"a', 'b"', '4,c'];
      const { name, options } = await csvFile(`\ufeff${lines.join(end)}`);
      await expect(prepareDataset(name, options)).rejects.toThrow(/own\.csv:8: column "x" is "three"/);
      const missing = await csvFile(lines.join(end).replace('three', '3').replace('4,c', '4,'));
      await expect(prepareDataset(missing.name, missing.options)).rejects.toThrow(
        /own\.csv:10: column "kind" is empty/,
      );
    },
  );

  it.each([
    ['a field', people.replace('22', '')],
    ['a target', people.replace('1.6,b', '1.6,')],
    ['half a record', `${people}1,2\n`],
    ['every record', 'a,b\n'],
  ])('tells its owner to correct it, not to fetch it again, where %s is missing', async (_, text) => {
    const { name, options } = await csvFile(text);
    const failure = await prepareDataset(name, options).catch((cause: unknown) => cause);
    expect(failure).toMatchObject({
      code: 'DATASET_INVALID',
      todo: expect.stringMatching(/^Correct the file/),
    });
  });

  it('refuses a table of which no row can test, and takes one where a single class has a second row', async () => {
    const single = await csvFile('x,y\n1,a\n2,b\n3,c\n');
    await expect(openDataset(single.name, single.options)).rejects.toThrow(
      error('DATASET_INVALID', /own\.csv: 3 rows of as many classes, .*; a class needs 2 rows/),
    );
    const double = await csvFile('x,y\n1,a\n2,b\n3,c\n4,c\n');
    expect((await openDataset(double.name, double.options)).info).toMatchObject({
      trainCount: 3,
      testCount: 1,
    });
  });

  it('says where it looked for a file that is not there', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'data'));
    await expect(
      prepareDataset('csv:none.csv', { cacheDir: folder, dataDir: join(folder, 'data') }),
    ).rejects.toThrow(error('DATASET_UNAVAILABLE', /none\.csv, .*data\/none\.csv/));
  });
});

describe('scalers', () => {
  const scaled = (name: 'standard' | 'minmax', train: readonly number[], test: readonly number[]) => {
    const values = Float64Array.from([...train, ...test]);
    const scaler = fitScaler(name, values, 1, allRows(train.length));
    return [...scaleRows(scaler, values, allRows(values.length))];
  };

  it.each(['standard', 'minmax'] as const)(
    '%s: moves a constant column to 0 and does not stretch it',
    (name) => {
      fc.assert(
        fc.property(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), fc.nat(500), (constant, more) => {
          const all = scaled(name, new Array(more + 1).fill(constant / 3), [constant / 3 + 1]);
          for (const value of all.slice(0, -1)) expect(value).toBeCloseTo(0, 6);
          expect(all.at(-1)).toBeCloseTo(1, 6);
        }),
      );
      expect(scaled(name, new Array(100).fill(0.1), [0.2])[100]).toBeCloseTo(0.1, 6);
    },
  );

  it.each(['standard', 'minmax'] as const)('%s: takes what rounding parts for constant', (name) => {
    const third = [0.3, 0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2];
    expect(scaled(name, third, [0.4]).at(-1)).toBeCloseTo(0.1, 6);
  });

  it.each(['standard', 'minmax'] as const)('%s: stretches what differs, however small', (name) => {
    const [low = 0, high = 0] = scaled(name, [1e-30, 3e-30], []);
    expect(high - low).toBeCloseTo(name === 'standard' ? 2 : 1, 6);
    const [first = 0, second = 0] = scaled(name, [1e6, 1e6 + 1e-6], []);
    expect(second - first).toBeCloseTo(name === 'standard' ? 2 : 1, 6);
  });
});

describe('the test split', () => {
  it('takes every row once, as many as asked, of every class its share', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.double({ min: 0.05, max: 0.9, noNaN: true }), fc.nat(), (counts, size, seed) => {
        const target = Float64Array.from(counts.flatMap((count, label) => new Array(count).fill(label)));
        fc.pre(target.length >= 2);
        const table = {
          task: 'classification' as const,
          featureNames: [],
          classNames: counts.map(String),
          rows: target.length,
          features: new Float64Array(),
          target,
        };
        const { train, test } = splitTable(table, size, seed);
        expect([...train, ...test].sort((a, b) => a - b)).toEqual([...target.keys()]);
        expect(splitTable(table, size, seed).test).toEqual(test);
        const wanted = Math.min(Math.max(1, Math.round(size * target.length)), target.length - 1);
        expect(test.length).toBeLessThanOrEqual(wanted);
        for (const [label, count] of counts.entries()) {
          const tested = test.filter((row) => target[row] === label).length;
          expect(Math.abs(tested - (wanted * count) / target.length)).toBeLessThanOrEqual(1);
          expect(count - tested).toBeGreaterThanOrEqual(Math.min(1, count));
        }
      }),
    );
  });
});
