import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { weekPartition, weeksOf } from '#internal/store/partitions/week.js';
import { openStore, type Store } from '#store';
import { exportDataset, importDataset } from '#store/export';
import { createDatabase, type StorePlace, serverPlace } from './store-implementations.js';
import { clientRoundRow, eventRow, messageRow, runRow, telemetryRow } from './store-rows.js';

const server = process.env.MLAAS_TEST_PG_URL;
if (server === undefined) console.warn('skipped: partitions by range: MLAAS_TEST_PG_URL is not set');

const dayMs = 24 * 60 * 60 * 1000;
const at = (seq: number, sent_at: number) => ({ ...telemetryRow('r', seq), sent_at });
const nameOf = (time: number) => weekPartition('telemetry', weeksOf({ from: time, to: time })[0]!);

describe.skipIf(server === undefined)('partitions by range, on PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let place: StorePlace;
  let store: Store;
  let now: number;
  const rows = async (sql: string) => (await store.query(sql)).rows;
  /** How many rows of telemetry lie in which partition. */
  const homes = async (): Promise<Record<string, unknown>> =>
    Object.fromEntries(await rows('select tableoid::regclass::text, count(*) from telemetry group by 1'));
  const status = async (item: string): Promise<unknown> =>
    (await store.administer({ task: 'status' })).rows.find(([name]) => name === item)?.[1];
  const partitions = async (table: string): Promise<unknown[]> =>
    (
      await rows(
        `select inhrelid::regclass::text from pg_inherits where inhparent = '${table}'::regclass order by 1`,
      )
    ).flat();

  beforeAll(async () => {
    database = await createDatabase(server!);
  });
  afterAll(() => database?.drop());
  beforeEach(async () => {
    place = await serverPlace(database.url);
    store = await place.open();
    now = Date.parse(String((await rows('select now()'))[0]?.[0]));
  });
  afterEach(async () => {
    await store?.close();
    await place?.remove();
  });

  it('are made for four weeks when a store is opened', async () => {
    const weeks = weeksOf({ from: now, to: now + 21 * dayMs });
    expect(weeks).toHaveLength(4);
    for (const table of ['telemetry', 'client_rounds', 'messages', 'events'] as const) {
      expect(await partitions(table)).toEqual(
        [...weeks.map((week) => weekPartition(table, week)), `${table}_default`].sort(),
      );
    }
    await store.write({ telemetry: [at(1, now), at(2, now + 7 * dayMs)] });
    expect(await homes()).toEqual({ [nameOf(now)]: 1, [nameOf(now + 7 * dayMs)]: 1 });
    expect(await status('table telemetry')).toMatch(/, 4 weeks$/);
  });

  it('take every time: what has no week waits in DEFAULT, and gets one by vacuum where its clock is sane', async () => {
    const [unset, ahead] = [0, now + 3650 * dayMs];
    const old = now - 400 * dayMs;
    const telemetry = [unset, ahead, old, old + 1, now].map((time, seq) => at(seq, time));
    expect(await store.write({ telemetry })).toEqual({ telemetry: 5 });
    expect(await homes()).toEqual({ telemetry_default: 4, [nameOf(now)]: 1 });

    await store.administer({ task: 'vacuum' });
    expect(await homes()).toEqual({ telemetry_default: 2, [nameOf(old)]: 2, [nameOf(now)]: 1 });
    expect(await status('table telemetry')).toMatch(/, 5 rows, 5 weeks; in none of them .*, 2 rows$/);
    expect(await store.write({ telemetry: [...telemetry, at(9, old + 2)] })).toEqual({ telemetry: 1 });
    expect(await rows('select count(*) from telemetry')).toEqual([[6]]);
    expect(await rows(`select sum(messages)::int4 from telemetry_1m where run_id = 'r'`)).toEqual([[6]]);
  });

  it('leave a week in DEFAULT that has rows there already, until vacuum', async () => {
    await place.execute(`DROP TABLE ${nameOf(now)}`, store);
    store = await place.open();
    expect(await partitions('telemetry')).toContain(nameOf(now));
    await place.execute(
      `DROP TABLE ${nameOf(now)};
       INSERT INTO telemetry SELECT 'r', 0, 0, 0, now(), now(), 1, 'training', 0, 0, 0, 0, 0, 0, 0`,
      store,
    );
    store = await place.open();
    expect(await partitions('telemetry')).not.toContain(nameOf(now));
    await store.write({ telemetry: [at(1, now)] });
    expect(await homes()).toEqual({ telemetry_default: 2 });
    await store.administer({ task: 'vacuum' });
    expect(await homes()).toEqual({ [nameOf(now)]: 2 });
  });

  it('are not waited for when somebody holds the tables', async () => {
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    try {
      const [[schema] = []] = await rows('select current_schema()::text');
      await place.execute(`DROP TABLE ${nameOf(now)}`, store);
      await holder.query(`BEGIN; LOCK TABLE ${schema}.telemetry IN ACCESS SHARE MODE`);
      store = await place.open();
      expect(await partitions('telemetry')).not.toContain(nameOf(now));
      await store.write({ telemetry: [at(1, now)] });
      expect(await homes()).toEqual({ telemetry_default: 1 });
    } finally {
      await holder.end();
    }
  });

  it('are left to the owner of the tables by a user who may only read and write', async () => {
    const [[schema] = []] = await rows('select current_schema()::text');
    const role = `mlaas_writer_of_${schema}`;
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    try {
      await place.execute(
        `DROP TABLE ${nameOf(now)}; CREATE ROLE ${role}; GRANT USAGE ON SCHEMA ${schema} TO ${role};
         GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA ${schema} TO ${role}; REVOKE ALL ON store_retention FROM ${role}`,
        store,
      );
      const url = new URL(database.url);
      url.searchParams.set('options', `-c search_path=${schema},public -c role=${role}`);
      store = await openStore({ db: url.href, storeDir: 'unused' });
      await store.write({ telemetry: [at(1, now)] });
      expect(await homes()).toEqual({ telemetry_default: 1 });
    } finally {
      await store.close();
      await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      await admin.end();
    }
  });

  it('go with their rows when these are older than the retention, at an opening too', async () => {
    const old = now - 100 * dayMs;
    const write = () => store.write({ telemetry: [at(0, now), at(1, old)], messages: [messageRow('r', 1)] });
    await store.write({ events: [eventRow('r', 1, { ts: old })] });
    await write();
    await store.administer({ task: 'vacuum' });
    expect(await partitions('telemetry')).toContain(nameOf(old));
    await store.administer({ task: 'retention', days: 30 });
    expect(await homes()).toEqual({ [nameOf(now)]: 1 });
    expect(await partitions('telemetry')).not.toContain(nameOf(old));
    expect(await rows('select count(*) from messages')).toEqual([[0]]);
    expect(await rows('select count(*) from events')).toEqual([[1]]);

    await write();
    expect(await homes()).toEqual({ [nameOf(now)]: 1, telemetry_default: 1 });
    await store.close();
    store = await place.open();
    expect(await homes()).toEqual({ [nameOf(now)]: 1 });

    await store.administer({ task: 'retention', days: null });
    await write();
    await store.close();
    store = await place.open();
    expect(await rows('select count(*) from telemetry')).toEqual([[2]]);
  });

  it('are there before the rows of a dataset that is imported', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlaas-partitions-'));
    const source = await serverPlace(database.url);
    const other = await source.open();
    try {
      const then = Date.UTC(2024, 5, 5);
      await other.write({
        runs: [runRow('r', { created_at: then, finished_at: then + 14 * dayMs, status: 'finished' })],
        telemetry: [at(0, then + 1), at(1, then + 13 * dayMs)],
      });
      const dataset = join(folder, 'dataset');
      await exportDataset(other, {
        runs: ['r'],
        folder: dataset,
        formats: ['parquet'],
        layers: ['telemetry'],
        publication: { title: 'T', version: '1.0.0', authors: ['A'], licence: 'CC-BY-4.0' },
        generator: '0.1.0',
        exportedAt: new Date(now),
      });
      await importDataset(store, dataset);
      expect(await homes()).toEqual({ telemetry_20240603: 1, telemetry_20240617: 1 });
    } finally {
      await other.close();
      await source.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('are what the ordinary tables of an earlier version become, with all rows, keys and references', async () => {
    const clientRounds = [clientRoundRow('r', 1, 0), clientRoundRow('r', 2, 0, { started_at: now })];
    const telemetry = [0, 1, 2].map((seq) => at(seq, now - seq * 30 * dayMs));
    await store.write({ runs: [runRow('r')], client_rounds: clientRounds, telemetry });
    const made = await rows(
      'select drop_sql from store_layout where drop_sql is not null order by position desc',
    );
    await place.execute(`${made.flat().join(';\n')}; DROP TABLE store_layout`, store);

    store = await place.open();
    expect(await status('hypertables')).toBe('no: tables with a partition a week');
    expect(await homes()).toEqual({ telemetry_default: 3 });
    await store.write({ telemetry: [at(9, now + 7 * dayMs)] });
    await store.administer({ task: 'vacuum' });
    expect(await homes()).toEqual(
      Object.fromEntries(
        [...telemetry.map(({ sent_at }) => sent_at), now + 7 * dayMs].map((t) => [nameOf(t), 1]),
      ),
    );
    expect(await store.write({ telemetry, client_rounds: clientRounds })).toEqual({
      telemetry: 0,
      client_rounds: 0,
    });
    expect(await rows('select count(*) from client_rounds')).toEqual([[2]]);
    await expect(store.write({ client_rounds: [clientRoundRow('nobody', 1, 0)] })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(/foreign key/),
    });
  });
});
