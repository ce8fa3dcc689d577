import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnSpec, ColumnType } from '#internal/store/columns.js';
import { readTableFile } from '#internal/store/export/read-table-file.js';
import { FleetError } from '#protocol';
import { type Row, type Store, type TableName, tableNames, tables } from '#store';
import { exportDataset, exportFormats, exportLayers, importDataset, verifyDataset } from '#store/export';
import { croissantReader, parquetReaders, plainText } from './dataset-readers.js';
import { type StorePlace, storeImplementations } from './store-implementations.js';
import { clientRoundRow, epoch, eventRow, messageRow, roundRow, runRow, telemetryRow } from './store-rows.js';

const root = mkdtempSync(join(tmpdir(), 'mlaas-dataset-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const freshFolder = (): string => join(root, `dataset-${folders++}`);

const texts = ['', 'plain', 'tab\tnewline\n"quote", \\N \\.', 'ünï→漢字🙂', 'null', '# |pipe|'];
const numbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, -0, 0.1 + 0.2];

const plainValues: Record<ColumnType, unknown> = {
  text: 'text',
  bool: true,
  int4: 4,
  int8: 8,
  float8: 0.5,
  timestamptz: epoch,
  jsonb: { key: 'value' },
  'int4[]': [1, 2],
};

/** A row with some value in every column; null where the column allows it. */
function anyRow<T extends TableName>(table: T, over: Partial<Row<T>>): Row<T> {
  const columns: Record<string, ColumnSpec> = tables[table].columns;
  const row = Object.entries(columns).map(([name, { type, nullable }]) => [
    name,
    nullable ? null : plainValues[type],
  ]);
  return { ...Object.fromEntries(row), ...over };
}

/** Rows of a run in every table, with every type, nulls and values at the edges. */
async function fill(store: Store, run: string): Promise<void> {
  await store.write({
    runs: [runRow(run, { status: 'finished', finished_at: epoch + 0.123, weights_sha256: 'a'.repeat(64) })],
    run_params: texts.map((value, i) => ({ run_id: run, scope: 'fact', key: `k${i}`, value })),
    run_notes: [{ run_id: run, noted_at: epoch, note: 'a "note",\nof two lines', tags: ['kept', 'ü'] }],
    clients: [0, 1].map((client_id) =>
      anyRow('clients', {
        run_id: run,
        client_id,
        data_distribution: client_id === 0 ? [] : [0, -1, 2147483647],
      }),
    ),
    partition_map: [anyRow('partition_map', { run_id: run })],
    compositions: [
      { run_id: run, round: 1, ts: epoch + 0.123, strategy: 'all', eligible: [0, 1], chosen: [] },
    ],
    update_signatures: [anyRow('update_signatures', { run_id: run })],
    rounds: numbers.map((value, i) =>
      roundRow(run, i + 1, {
        started_at: Date.UTC(1969, 11, 31, 23, 59, 59, 999),
        finished_at: epoch + 0.001,
        scheduled_clients: -2147483648,
        participating_clients: 2147483647,
        global_loss: value,
        global_accuracy: 1 / 3,
        weights_sha256: '',
        aggregate_time_s: 1e300,
      }),
    ),
    client_rounds: [
      clientRoundRow(run, 1, 0, { comm_bytes_up: Number.MAX_SAFE_INTEGER }),
      clientRoundRow(run, 1, 1, {
        participated_flag: false,
        fail_reason: 'deadline',
        steps: null,
        loss: null,
        accuracy: null,
        comm_bytes_up: null,
      }),
    ],
    telemetry: Array.from({ length: 1000 }, (_, seq) => telemetryRow(run, seq)),
    messages: [
      ...[0, 1, 2].map((seq) => messageRow(run, seq)),
      messageRow(run, 0, {
        ...{ sender: 'aggregator', kind: 'config', direction: 'down' },
        ...{ client_id: null, round: null, latency_ms: null },
      }),
    ],
    events: texts.map((message, i) =>
      eventRow(run, i, { message, detail: i === 0 ? null : { nested: [1, 2.5, null, { 'ü→🙂': message }] } }),
    ),
  });
}

const options = (folder: string, over: Partial<Parameters<typeof exportDataset>[1]> = {}) => ({
  runs: ['first', 'second'],
  folder,
  formats: exportFormats,
  layers: exportLayers,
  publication: {
    title: 'Test of "export"',
    version: '1.0.0',
    authors: ['A. Author', 'Ö. Ünal'],
    licence: 'CC-BY-4.0' as const,
  },
  generator: '0.1.0',
  exportedAt: new Date(epoch),
  ...over,
});

const failure = async (promise: Promise<unknown>): Promise<FleetError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FleetError);
  return error as FleetError;
};

for (const implementation of storeImplementations) {
  const { name, missing } = implementation;
  if (missing !== undefined) console.warn(`skipped: export from ${name}: ${missing}`);

  describe.skipIf(missing !== undefined)(`export from ${name}`, () => {
    const places: StorePlace[] = [];
    let store: Store;
    let other: Store;
    const dataset = freshFolder();

    beforeAll(async () => {
      places.push(await implementation.place(), await implementation.place());
      store = await places[0]!.open();
      other = await places[1]!.open();
      await fill(store, 'second');
      await fill(store, 'first');
      await fill(store, "it's another");
      await exportDataset(store, options(dataset));
    });
    afterAll(async () => {
      await store?.close();
      await other?.close();
      for (const place of places) await place.remove();
    });
    const emptyOther = async (): Promise<void> => {
      for (const [run] of (await other.query('SELECT run_id FROM runs')).rows) {
        await other.administer({ task: 'drop-run', run: String(run), force: true });
      }
    };

    const content = async (of: Store, table: TableName): Promise<unknown> => {
      const order = tables[table].key.join(', ');
      const sql = `SELECT * FROM ${table} WHERE run_id IN ('first', 'second') ORDER BY ${order}`;
      return (await of.query(sql)).rows;
    };

    it('is whole by its own papers, and nothing else is left', async () => {
      const { manifest, files } = await verifyDataset(dataset);
      expect(files).toBe(8 + exportFormats.length * manifest.tables.length);
      expect(manifest.tables.filter(({ kind }) => kind === 'table').map((table) => table.name)).toEqual(
        tableNames,
      );
      expect(Object.fromEntries(manifest.tables.map((table) => [table.name, table.rows]))).toMatchObject({
        runs: 2,
        rounds: 12,
        telemetry: 2000,
        messages: 8,
        events: 12,
      });
      expect(readdirSync(root).filter((entry) => entry.endsWith('.part'))).toEqual([]);
    });

    it.each(exportFormats)('comes back without loss from %s, into another store', async (format) => {
      const folder = freshFolder();
      await exportDataset(store, options(folder, { formats: [format] }));
      await emptyOther();
      const { tables: imported } = await importDataset(other, folder);
      expect(imported.map(({ table }) => table)).toEqual(tableNames);
      for (const { rows, added } of imported) expect(added).toBe(rows);
      for (const table of tableNames)
        expect(await content(other, table)).toEqual(await content(store, table));

      const again = await importDataset(other, folder);
      for (const { added } of again.tables) expect(added).toBe(0);
    });

    it('makes the same files of the same rows, from whichever store', async () => {
      await importDataset(other, dataset);
      const folder = freshFolder();
      const { digest } = await exportDataset(other, options(folder));
      expect(digest).toBe((await verifyDataset(dataset)).digest);
    });

    it('keeps a newer state of a run that is imported again', async () => {
      const folder = freshFolder();
      await emptyOther();
      await other.write({ runs: [runRow('first')] });
      await exportDataset(other, options(folder, { runs: ['first'] }));
      await importDataset(store, folder);
      expect((await store.query(`SELECT status FROM runs WHERE run_id = 'first'`)).rows).toEqual([
        ['finished'],
      ]);
    });

    it('takes only the layers asked for, and what names their runs', async () => {
      const folder = freshFolder();
      await exportDataset(store, options(folder, { layers: ['compositions'], formats: ['csv'] }));
      expect(readdirSync(join(folder, 'csv')).sort()).toEqual([
        'compositions',
        'run_notes',
        'run_params',
        'runs',
      ]);
      expect(readFileSync(join(folder, 'csv/compositions/part-00001.csv'), 'utf8').split('\n')).toEqual([
        'run_id,round,ts,strategy,eligible,chosen',
        'first,1,2026-01-02T03:04:05.678123Z,all,"[0,1]",[]',
        'second,1,2026-01-02T03:04:05.678123Z,all,"[0,1]",[]',
        '',
      ]);
    });

    it('sorts telemetry by run and time', async () => {
      const csv = readFileSync(join(dataset, 'csv/telemetry/part-00001.csv'), 'utf8').trimEnd().split('\n');
      const header = csv[0]!.split(',');
      const keys = csv.slice(1).map((line) => {
        const fields = line.split(',');
        return `${fields[header.indexOf('run_id')]} ${fields[header.indexOf('ts')]}`;
      });
      expect(keys).toEqual([...keys].sort());
    });

    describe.each(parquetReaders)('$name', ({ missing: absent, read }) => {
      if (absent !== undefined) console.warn(`skipped: Parquet read by another program: ${absent}`);

      it.skipIf(absent !== undefined)('reads the same from every Parquet file', async () => {
        const { manifest } = await verifyDataset(dataset);
        for (const { columns, files } of manifest.tables) {
          for (const { path } of files.filter(({ format }) => format === 'parquet')) {
            const expected: unknown[] = [];
            for await (const block of readTableFile.parquet(join(dataset, path), columns)) {
              expected.push(...block.map((row) => row.map((value, i) => plainText(columns[i]!.type, value))));
            }
            expect(await read(join(dataset, path), columns), path).toEqual(expected);
          }
        }
      });
    });

    it.skipIf(croissantReader === undefined).each([['parquet'], ['csv']] as const)(
      'mlcroissant finds croissant.json valid and reads all records from %s',
      async (format) => {
        const folder = freshFolder();
        const { manifest } = await exportDataset(store, options(folder, { formats: [format] }));
        expect(croissantReader?.(folder)).toEqual({
          errors: [],
          warnings: [],
          rows: Object.fromEntries(manifest.tables.map((table) => [table.name, table.rows])),
        });
      },
    );

    describe('refuses', () => {
      it('a run that is not stored, however it is named', async () => {
        for (const run of ['none', "'; DROP TABLE runs; --", '']) {
          const folder = freshFolder();
          expect((await failure(exportDataset(store, options(folder, { runs: [run] })))).code).toBe(
            'RUN_UNKNOWN',
          );
          expect(existsSync(folder)).toBe(false);
        }
      });

      it('nothing because a run’s id needs quoting', async () => {
        const folder = freshFolder();
        const { manifest } = await exportDataset(store, options(folder, { runs: ["it's another"] }));
        expect(manifest.runs.map(({ runId }) => runId)).toEqual(["it's another"]);
        expect(manifest.tables.find((table) => table.name === 'telemetry')?.rows).toBe(1000);
      });

      it('a folder that holds something, and leaves it alone', async () => {
        const folder = freshFolder();
        mkdirSync(folder);
        writeFileSync(join(folder, 'mine'), 'mine');
        expect((await failure(exportDataset(store, options(folder)))).code).toBe('EXPORT_EXISTS');
        expect(readdirSync(folder)).toEqual(['mine']);
        expect((await failure(exportDataset(store, options(join(folder, 'mine'))))).code).toBe(
          'EXPORT_EXISTS',
        );
      });

      it('a place where no folder can be', async () => {
        const file = freshFolder();
        writeFileSync(file, '');
        const error = await failure(exportDataset(store, options(join(file, 'below', 'it'))));
        expect(error.code).toBe('OUTPUT_UNWRITABLE');
        expect(error.message).toContain(file);
      });

      it('to go on when it is told to end, and leaves nothing', async () => {
        const folder = freshFolder();
        const signal = AbortSignal.abort();
        expect((await failure(exportDataset(store, options(folder, { signal })))).code).toBe('INTERRUPTED');
        expect(readdirSync(root).filter((entry) => entry.includes('part'))).toEqual([]);
        // The store is as usable as before.
        expect((await store.query('SELECT 1')).rows).toEqual([[1]]);
      });
    });
  });
}

describe('a dataset that was changed', () => {
  let place: StorePlace;
  let store: Store;
  let folder: string;

  beforeAll(async () => {
    place = await storeImplementations[0]!.place();
    store = await place.open();
    await fill(store, 'first');
  });
  afterAll(async () => {
    await store.close();
    await place.remove();
  });

  const fresh = async (): Promise<void> => {
    folder = freshFolder();
    await exportDataset(store, options(folder, { runs: ['first'], formats: ['parquet', 'csv'] }));
  };
  const edit = (path: string, change: (text: string) => string): void =>
    writeFileSync(join(folder, path), change(readFileSync(join(folder, path), 'latin1')), 'latin1');

  it.each([
    ['parquet/rounds/part-00001.parquet', (text: string) => `${text.slice(0, 100)}x${text.slice(101)}`],
    ['csv/events/part-00001.csv', (text: string) => text.replace('plain', 'other')],
    ['README.md', (text: string) => `${text} `],
    ['dataset.json', (text: string) => text.replace('A. Author', 'B. Author')],
  ])('is refused with the name of the file: %s', async (path, change) => {
    await fresh();
    edit(path, change);
    for (const attempt of [() => verifyDataset(folder), () => importDataset(store, folder)]) {
      const error = await failure(attempt());
      expect(error.code).toBe('EXPORT_DAMAGED');
      expect(error.message).toContain(`${path} was changed`);
    }
  });

  it('is refused when a file is missing or new', async () => {
    await fresh();
    rmSync(join(folder, 'csv/runs/part-00001.csv'));
    rmSync(join(folder, 'LICENSE'));
    writeFileSync(join(folder, 'csv/runs/part-00002.csv'), '');
    const { message } = await failure(verifyDataset(folder));
    expect(message).toContain('csv/runs/part-00001.csv is missing');
    expect(message).toContain('LICENSE is missing');
    expect(message).toContain('csv/runs/part-00002.csv is not in SHA256SUMS');
  });

  it('is refused when it is no dataset at all', async () => {
    expect((await failure(verifyDataset(root))).code).toBe('EXPORT_DAMAGED');
    expect((await failure(importDataset(store, join(root, 'none')))).code).toBe('EXPORT_DAMAGED');
  });

  it.each([0, 2])('is told apart from one of format %i', async (version) => {
    await fresh();
    edit('dataset.json', (text) => text.replace('"formatVersion": 1', `"formatVersion": ${version}`));
    const error = await failure(importDataset(store, folder));
    expect(error.code).toBe('EXPORT_VERSION');
    expect(error.message).toContain(`format ${version}`);
  });
});
