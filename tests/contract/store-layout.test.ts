import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aggregateSpecs } from '#internal/store/layout/telemetry-aggregates.js';
import { views } from '#internal/store/views/index.js';
import { inspectStore, openStore, type QueryResult, type Store, tableNames, tables } from '#store';
import { createDatabase, type StorePlace, storeImplementations } from './store-implementations.js';
import { clientRoundRow, eventRow, messageRow, roundRow, runRow, telemetryRow } from './store-rows.js';

/** Views, summaries and administration: the same names on every database, TimescaleDB's features where it is. */
for (const implementation of storeImplementations) {
  const { name, missing, timescale } = implementation;
  const summaries = timescale === 'timescale';
  const embedded = name.startsWith('embedded');
  if (missing !== undefined) console.warn(`skipped: store layout on ${name}: ${missing}`);

  describe.skipIf(missing !== undefined)(`store layout: ${name}`, () => {
    let place: StorePlace;
    let store: Store;
    const rows = async (sql: string, params: (string | number)[] = []) =>
      (await store.query(sql, { params })).rows;

    beforeAll(async () => {
      place = await implementation.place();
      store = await place.open();
      await store.write({
        runs: [runRow('r')],
        clients: [0, 1].map((client_id) => ({
          run_id: 'r',
          client_id,
          agent: `c000${client_id}`,
          samples_count: 600 * client_id,
          data_distribution: [client_id * 150, client_id * 450],
          size_share: client_id,
          effective_classes: 1.5,
          label_kl_bits: 0.25,
          label_js_bits: 0.125,
          share_sha256: 'd'.repeat(64),
        })),
        rounds: [1, 2].map((round) => roundRow('r', round)),
        client_rounds: [
          clientRoundRow('r', 1, 0, { accuracy: 0.8, compute_time_s: 1 }),
          clientRoundRow('r', 2, 0, { accuracy: 0.9, compute_time_s: 3 }),
          clientRoundRow('r', 1, 1, {
            participated_flag: false,
            fail_reason: 'agent_lost',
            accuracy: null,
            comm_bytes_up: 7,
          }),
          clientRoundRow('r', 2, 1, { selected_flag: false, participated_flag: false, accuracy: null }),
        ],
        telemetry: Array.from({ length: 120 }, (_, i) => ({
          ...telemetryRow('r', i),
          client_id: i % 2,
          sent_at: Date.UTC(2026, 0, 2, 3, 4, 0) + i * 1000,
          latency_ms: i,
        })),
        messages: Array.from({ length: 20 }, (_, seq) => messageRow('r', seq)),
        events: [eventRow('r', 0)],
      });
    });
    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });

    it.each([...views, ...aggregateSpecs])(
      '$name has exactly the columns that its description says',
      async (view) => {
        const { columns } = await store.query(`select * from ${view.name}`);
        expect(columns).toEqual(
          Object.entries(view.columns).map(([column, { type }]) => ({ name: column, type })),
        );
      },
    );

    it('service_instances sums a client’s rounds up', async () => {
      expect(
        await rows(
          `select client_id, rounds_selected, rounds_participated, reliability, accuracy_mean, compute_time_s_mean,
             comm_bytes_up from service_instances where run_id = 'r' order by client_id`,
        ),
      ).toEqual([
        [0, 2, 2, 1, expect.closeTo(0.85, 12), 2, 876_000],
        [1, 1, 0, 0, null, null, 438_007],
      ]);
    });

    it('service_instances goes through a run’s rounds once, not once for each client', async () => {
      const [[definition] = []] = await rows(`select pg_get_viewdef('service_instances'::regclass)`);
      expect(definition).toMatch(/GROUP BY/);
      expect(definition).not.toMatch(/LATERAL/);
    });

    it('rounds_summary sets the global model beside its participants', async () => {
      expect(
        await rows(
          `select round, duration_s, global_accuracy, accuracy_mean, compute_time_s_p50, comm_bytes_up
           from rounds_summary where run_id = 'r' order by round`,
        ),
      ).toEqual([
        [1, 5, 0.91, 0.8, 1, 438_000],
        [2, 5, 0.91, 0.9, 3, 438_000],
      ]);
    });

    it('partition_matrix has a row a client and class', async () => {
      expect(
        await rows(
          `select client_id, label, samples_count, samples_share from partition_matrix order by 1, 2`,
        ),
      ).toEqual([
        [0, 0, 0, null],
        [0, 1, 0, null],
        [1, 0, 150, 0.25],
        [1, 1, 450, 0.75],
      ]);
    });

    it('qos_timeseries has every value once', async () => {
      expect(
        await rows(
          `select metric, count(*) from qos_timeseries where metric in ('latency_ms', 'accuracy') group by 1 order by 1`,
        ),
      ).toEqual([
        ['accuracy', 2],
        ['latency_ms', 120],
      ]);
    });

    it('sums telemetry up by second, ten seconds and minute, also rows that came just now', async () => {
      const expected = [
        ['2026-01-02T03:04:00Z', 60, 29.5, 0, 59, 29.5, expect.closeTo(56.05, 9)],
        ['2026-01-02T03:05:00Z', 60, 89.5, 60, 119, 89.5, expect.closeTo(116.05, 9)],
      ];
      const sums = `bucket, messages, latency_ms_mean, latency_ms_min, latency_ms_max, latency_ms_p50, latency_ms_p95`;
      expect(await rows(`select ${sums} from telemetry_1m where run_id = 'r' order by 1`)).toEqual(expected);
      expect(await rows(`select count(*), sum(messages)::int4 from telemetry_1s`)).toEqual([[120, 120]]);
      expect(await rows(`select count(*), sum(messages)::int4 from telemetry_10s`)).toEqual([[12, 120]]);
      expect(
        await rows(
          `select client_id, messages from client_telemetry_1m where run_id = 'r' order by 1, bucket`,
        ),
      ).toEqual([
        [0, 30],
        [0, 30],
        [1, 30],
        [1, 30],
      ]);
    });

    it('time_bucket counts buckets from Monday 2000-01-03, as TimescaleDB does', async () => {
      expect(
        await rows(
          `select time_bucket(interval '7 days', timestamptz '2026-11-21 13:14:15Z'),
             time_bucket(interval '15 minutes', timestamptz '1999-12-31 23:59:59.999Z'),
             time_bucket(interval '7 seconds', timestamptz '2026-11-21 13:14:15Z')`,
        ),
      ).toEqual([['2026-11-16T00:00:00Z', '1999-12-31T23:45:00Z', '2026-11-21T13:14:14Z']]);
    });

    it('metric_dictionary explains every column of every table and view', async () => {
      const described = await rows(
        `select table_name, column_name from metric_dictionary order by 1, position`,
      );
      for (const table of tableNames) {
        expect(described.filter(([of]) => of === table).map(([, column]) => column)).toEqual(
          Object.keys(tables[table].columns),
        );
      }
      for (const view of [...views, ...aggregateSpecs]) {
        expect(described.filter(([of]) => of === view.name).map(([, column]) => column)).toEqual(
          Object.keys(view.columns),
        );
      }
      expect(
        await rows(
          `select unit, provenance from metric_dictionary where table_name = 'telemetry' and column_name = 'rss_mb'`,
        ),
      ).toEqual([['MB', 'measured']]);
    });

    it('makes views again that are not as this version wants them, and nothing else', async () => {
      const made = () => rows('select object, digest from store_layout order by position');
      const before = await made();
      await store.close();
      store = await place.open();
      expect(await made()).toEqual(before);
      await place.execute(
        `UPDATE store_layout SET digest = 'old' WHERE object IN ('view service_instances', 'table metric_dictionary')`,
        store,
      );
      store = await place.open();
      expect(await made()).toEqual(before);
      expect(await rows('select count(*) from service_instances')).toEqual([[2]]);
    });

    describe('administration', () => {
      const value = async (item: string): Promise<unknown> =>
        (await store.administer({ task: 'status' })).rows.find(([what]) => what === item)?.[1];

      it('tells what the database is', async () => {
        const ordinary = embedded ? 'no: ordinary tables' : 'no: tables with a partition a week';
        expect(await value('hypertables')).toBe(timescale === undefined ? ordinary : 'yes');
        if (embedded) expect(await value('size')).toMatch(/^0\.0 GB; comfortable up to 3\.0 GB/);
        expect(await value('compression')).toBe(summaries ? 'yes' : 'no');
        expect(await value('retention')).toBe(
          summaries || (timescale === undefined && !embedded) ? 'off' : 'no',
        );
        expect(await value('continuous aggregates')).toBe(summaries ? 'yes' : 'no: views of the same names');
        expect(await value('schema')).toMatch(/^version (\d+) of \1$/);
        expect(await value('queries run as')).toMatch(/mlaas_reader|pg_read_all_data/);
        if (!embedded) expect(await value('user')).toMatch(/^\w+, (no|a) superuser/);
        expect(await value('table telemetry')).toMatch(/, 120 rows/);
      });

      it('makes a role that reads the store and nothing else', async () => {
        await store.administer({ task: 'init' });
        await store.administer({ task: 'init' });
        expect(await value('queries run as')).toBe('mlaas_reader');
        await store.close();
        store = await place.open();
        expect(await rows('select count(*) from telemetry_1s')).toEqual([[120]]);
        expect(await rows('select current_user::text')).toEqual([['mlaas_reader']]);
        await expect(store.query('select * from pg_authid')).rejects.toMatchObject({ code: 'QUERY_FAILED' });
      });

      it('compresses what there is, or says what it would need', async () => {
        const compressing = store.administer({ task: 'compress' });
        if (summaries) {
          expect((await compressing).rows).toContainEqual(['telemetry', 1, expect.any(String)]);
          const [[compressed] = []] = await rows(
            `select count(*) from timescaledb_information.chunks where is_compressed and hypertable_name = 'telemetry'
               and hypertable_schema = current_schema()`,
          );
          expect(compressed).toBe(1);
          expect(await rows('select count(*) from telemetry')).toEqual([[120]]);
          expect((await compressing).rows).toContainEqual(['messages', 1, expect.any(String)]);
          expect(await store.write({ messages: [messageRow('r', 3), messageRow('r', 20)] })).toEqual({
            messages: 1,
          });
          // A redelivery into a compressed chunk is still found, and a late row is still taken.
          const late = { ...telemetryRow('r', 500), sent_at: Date.UTC(2026, 0, 2, 3, 4, 30) };
          const again = { ...telemetryRow('r', 1), client_id: 1, sent_at: Date.UTC(2026, 0, 2, 3, 4, 1) };
          expect(await store.write({ telemetry: [late, again] })).toEqual({ telemetry: 1 });
          await store.administer({ task: 'compress' });
          expect(await rows(`select sum(messages)::int4 from telemetry_1m where run_id = 'r'`)).toEqual([
            [121],
          ]);
        } else {
          await expect(compressing).rejects.toMatchObject({
            code: 'STORE_FAILED',
            message: expect.stringMatching(
              embedded
                ? /this is the embedded store$/
                : timescale === 'apache'
                  ? /under the Apache licence$/
                  : /without TimescaleDB$/,
            ),
          });
        }
      });

      it('keeps telemetry for good until told otherwise', async () => {
        // So long that nothing of this suite goes.
        const keeping = store.administer({ task: 'retention', days: 36_500 });
        if (embedded || timescale === 'apache') {
          await expect(keeping).rejects.toMatchObject({ code: 'STORE_FAILED' });
          return;
        }
        expect((await keeping).rows).toEqual([
          ['telemetry', '36500 days'],
          ['messages', '36500 days'],
        ]);
        expect(await value('retention')).toBe('messages 36500 days, telemetry 36500 days');
        await store.administer({ task: 'retention', days: null });
        expect(await value('retention')).toBe('off');
        expect(await rows('select count(*) from telemetry')).toEqual([[summaries ? 121 : 120]]);
      });

      it('has chunks of the chosen span and order', async () => {
        if (timescale === undefined) return;
        expect(
          await rows(
            `select hypertable_name, column_name, time_interval::text from timescaledb_information.dimensions
             where hypertable_schema = current_schema() order by 1`,
          ),
        ).toEqual([
          ['client_rounds', 'started_at', '7 days'],
          ['events', 'ts', '7 days'],
          ['messages', 'sent_at', '1 day'],
          ['telemetry', 'sent_at', '06:00:00'],
        ]);
        expect(
          await rows(
            `select view_name from timescaledb_information.continuous_aggregates
             where view_schema = current_schema() order by 1`,
          ),
        ).toEqual(
          summaries ? [['client_telemetry_1m'], ['telemetry_10s'], ['telemetry_1m'], ['telemetry_1s']] : [],
        );
      });

      it('vacuums', async () => {
        expect((await store.administer({ task: 'vacuum' })).rows.length).toBeGreaterThan(5);
      });

      it('deletes a run whole, and no running or unknown one', async () => {
        await store.write({ runs: [runRow('other')], telemetry: [telemetryRow('other', 1)] });
        const drop = (run: string, force = false) => store.administer({ task: 'drop-run', run, force });
        await expect(drop('other')).rejects.toMatchObject({ code: 'STORE_FAILED' });
        await expect(drop(`' OR true --`, true)).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
        const deleted = Object.fromEntries((await drop('r', true)).rows);
        expect(deleted).toMatchObject({
          runs: 1,
          clients: 2,
          rounds: 2,
          client_rounds: 4,
          events: 1,
          messages: summaries ? 21 : 20,
        });
        for (const table of tableNames) {
          expect(await rows(`select count(*) from ${table} where run_id = 'r'`)).toEqual([[0]]);
        }
        expect(await rows('select run_id from telemetry')).toEqual([['other']]);
      });
    });
  });
}

const timescaleUrl = process.env.MLAAS_TEST_TIMESCALE_URL;

describe.skipIf(timescaleUrl === undefined)('a store that TimescaleDB comes to later', () => {
  it('keeps its rows and gets hypertables', async () => {
    const { url, drop } = await createDatabase(timescaleUrl!);
    try {
      const store = await openStore({ db: url, storeDir: 'unused' });
      const telemetry = [0, 1, 2].map((seq) => telemetryRow('r', seq));
      const rows = {
        runs: [runRow('r')],
        client_rounds: [clientRoundRow('r', 1, 0)],
        telemetry: [...telemetry, { ...telemetryRow('r', 3), sent_at: Date.now() }],
        messages: [messageRow('r', 0)],
        events: [eventRow('r', 0)],
      };
      await store.write(rows);
      const items = (result: QueryResult) => new Map(result.rows.map(([item, value]) => [item, value]));
      expect(items(await inspectStore({ db: url, storeDir: 'unused' })).get('TimescaleDB')).toBe(
        'not installed',
      );
      const status = items(await store.administer({ task: 'init' }));
      expect(status.get('TimescaleDB')).toMatch(/^2\./);
      expect(status.get('hypertables')).toBe('yes');
      expect((await store.query('select sum(messages)::int4 from telemetry_1m')).rows).toEqual([[4]]);
      expect(await store.write(rows)).toEqual({
        runs: 0,
        client_rounds: 0,
        telemetry: 0,
        messages: 0,
        events: 0,
      });
      await expect(store.write({ client_rounds: [clientRoundRow('nobody', 1, 0)] })).rejects.toThrow(
        /foreign key/,
      );
      await store.close();
    } finally {
      await drop();
    }
  });
});

describe('inspectStore', () => {
  it('makes no store and no tables', async () => {
    const storeDir = join(mkdtempSync(join(tmpdir(), 'mlaas-inspect-')), 'store');
    await expect(inspectStore({ storeDir })).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(existsSync(storeDir)).toBe(false);
  });
});
