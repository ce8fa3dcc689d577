import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dashboard, startDashboard } from '#dashboard';
import { errorRegistry, RunEventStream } from '#protocol';
import {
  askNamedQuery,
  namedQueries,
  type QueryResult,
  runTimeseries,
  type Store,
  tableNames,
  timeseriesMetrics,
} from '#store';
import { type StorePlace, storeImplementations } from './store-implementations.js';
import { clientRoundRow, epoch, eventRow, messageRow, runRow, telemetryRow } from './store-rows.js';

/** SQL where a name, a time or a number belongs. */
const injections = [
  `'; DROP TABLE runs; --`,
  `' OR 1=1 --`,
  `r' UNION SELECT rolname FROM pg_authid --`,
  'accuracy; DROP TABLE runs',
  `1s' || pg_sleep(5) || '`,
  '$1',
  `\\'; DELETE FROM runs; --`,
];

/** Named queries, series and the HTTP API: the same answers on every database, and nothing but answers. */
for (const implementation of storeImplementations) {
  const { name, missing } = implementation;
  if (missing !== undefined) console.warn(`skipped: questions to ${name}: ${missing}`);

  describe.skipIf(missing !== undefined)(`questions to the store: ${name}`, () => {
    let place: StorePlace;
    let store: Store;
    let api: Dashboard;

    beforeAll(async () => {
      place = await implementation.place();
      store = await place.open();
      await store.write({
        runs: [runRow('r')],
        client_rounds: [
          clientRoundRow('r', 1, 0, { accuracy: 0.8, finished_at: epoch + 4000 }),
          clientRoundRow('r', 1, 1, { accuracy: 0.6, finished_at: epoch + 9000 }),
          clientRoundRow('r', 2, 1, { accuracy: null, participated_flag: false, fail_reason: 'deadline' }),
        ],
        telemetry: Array.from({ length: 60 }, (_, i) => ({
          ...telemetryRow('r', i < 30 ? i + 1 : i + 3),
          client_id: 0,
          sent_at: Date.UTC(2026, 0, 2, 3, 4, 0) + i * 1000,
          latency_ms: i,
        })),
        messages: [0, 1, 2].map((seq) => messageRow('r', seq, { latency_ms: seq })),
        events: [eventRow('r', 0, { level: 'warn', code: 'AGENT_RESTARTED', message: 'again' })],
      });
      api = await startDashboard({ host: '127.0.0.1', port: 0, events: new RunEventStream(), store });
    });
    afterAll(async () => {
      await api?.close();
      await store?.close();
      await place?.remove();
    });

    const get = async (path: string) => {
      const response = await fetch(new URL(path, api.url));
      return {
        status: response.status,
        body: (await response.json()) as QueryResult & Record<string, unknown>,
      };
    };
    const ask = async (body: unknown) => {
      const response = await fetch(new URL('/api/query', api.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return {
        status: response.status,
        body: (await response.json()) as QueryResult & Record<string, unknown>,
      };
    };
    const isWhole = async () => {
      const { rows } = await store.query(
        `select (select count(*) from runs), (select count(*) from telemetry), to_regclass('events') is not null`,
      );
      expect(rows).toEqual([[1, 60, true]]);
    };

    it.each(namedQueries)('answers $name', async ({ name: query }) => {
      const { columns } = await askNamedQuery(store, query, 'r');
      expect(columns.length).toBeGreaterThan(1);
    });

    it('finds what is worth knowing', async () => {
      expect((await askNamedQuery(store, 'failures-by-reason', 'r')).rows).toEqual([['deadline', 1, 1]]);
      expect((await askNamedQuery(store, 'lost-telemetry', 'r')).rows).toEqual([[0, epoch, 60, 3]]);
      expect((await askNamedQuery(store, 'warnings', 'r')).rows).toHaveLength(1);
      expect((await askNamedQuery(store, 'messages-by-kind', 'r')).rows).toEqual([
        ['up', 'update', 3, 3 * 262_144 + 3, 1, expect.closeTo(1.9, 9), 2],
      ]);
    });

    it('refuses a named query or a run that does not exist', async () => {
      await expect(askNamedQuery(store, 'nope', 'r')).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('slowest-clients'),
      });
      await expect(askNamedQuery(store, 'services', 'nope')).rejects.toMatchObject({ code: 'RUN_UNKNOWN' });
    });

    it('gives a series by bucket, from the sums or from the rows, the same', async () => {
      const bySums = await runTimeseries(store, 'r', { metric: 'latency_ms', bucket: '10s' });
      expect(bySums.rows[0]).toEqual(['2026-01-02T03:04:00Z', 10, 4.5, 0, 9, 4.5, expect.closeTo(8.55, 9)]);
      expect(bySums.rows).toHaveLength(6);
      const byRows = await runTimeseries(store, 'r', { metric: 'latency_ms', bucket: '20s' });
      expect(byRows.rows[0]).toEqual(['2026-01-02T03:04:00Z', 20, 9.5, 0, 19, 9.5, expect.closeTo(18.05, 9)]);
      expect(byRows.columns).toEqual(bySums.columns);
      const window = { from: '2026-01-02T03:04:20Z', to: '2026-01-02T04:04:40+01:00' };
      expect((await runTimeseries(store, 'r', { metric: 'latency_ms', ...window })).rows).toHaveLength(2);
      const accuracy = await runTimeseries(store, 'r', { metric: 'accuracy', bucket: '1h' });
      expect(accuracy.rows).toEqual([
        [
          '2026-01-02T03:00:00Z',
          2,
          expect.closeTo(0.7, 12),
          0.6,
          0.8,
          expect.closeTo(0.7, 12),
          expect.closeTo(0.79, 12),
        ],
      ]);
      for (const metric of timeseriesMetrics) await runTimeseries(store, 'r', { metric });
    });

    it('answers over HTTP as it does here', async () => {
      expect((await get('/api/runs')).body.rows).toHaveLength(1);
      expect((await get('/api/runs/r/clients')).body).toEqual(await askNamedQuery(store, 'services', 'r'));
      expect((await get('/api/runs/r/timeseries?metric=latency_ms&bucket=1m')).body).toEqual(
        await runTimeseries(store, 'r', { metric: 'latency_ms', bucket: '1m' }),
      );
      expect((await get('/api/runs/r/queries/warnings')).body.rows).toHaveLength(1);
      expect((await get('/api/queries')).body).toEqual(namedQueries);
      const many = await ask({
        sql: 'select i, repeat($1, 100) from generate_series(1, 20000) i',
        params: ['ü'],
        maxRows: 20_000,
      });
      expect(many.body.rows).toHaveLength(20_000);
      expect(many.body.rows.at(-1)).toEqual([20_000, 'ü'.repeat(100)]);
      expect((await ask({ sql: 'select 1 where false' })).body).toMatchObject({ rows: [], truncated: false });
    });

    it('describes its HTTP API, every route of it', async () => {
      const { body } = await get('/api/openapi.json');
      expect(body.openapi).toBe('3.1.0');
      expect(Object.keys(body.paths as object).sort()).toEqual([
        '/api/queries',
        '/api/query',
        '/api/runs',
        '/api/runs/{id}',
        '/api/runs/{id}/clients',
        '/api/runs/{id}/queries/{name}',
        '/api/runs/{id}/timeseries',
      ]);
      expect(body.paths).toMatchObject({
        '/api/runs/{id}/timeseries': {
          get: {
            parameters: expect.arrayContaining([
              expect.objectContaining({ name: 'metric', in: 'query', required: true }),
            ]),
            responses: {
              '4XX': {
                content: {
                  'application/json': {
                    schema: {
                      required: ['code', 'message', 'todo'],
                      properties: { code: { enum: Object.keys(errorRegistry) } },
                    },
                  },
                },
              },
            },
          },
        },
      });
    });

    it.each([
      ['an unknown run', '/api/runs/nope/clients', 404, 'RUN_UNKNOWN'],
      ['an unknown metric', '/api/runs/r/timeseries?metric=nope', 400, 'REQUEST_INVALID'],
      ['no metric', '/api/runs/r/timeseries', 400, 'REQUEST_INVALID'],
      ['a bucket that is none', '/api/runs/r/timeseries?metric=loss&bucket=0s', 400, 'REQUEST_INVALID'],
      ['a time that is none', '/api/runs/r/timeseries?metric=loss&from=yesterday', 400, 'REQUEST_INVALID'],
      ['a parameter that there is not', '/api/runs/r/timeseries?metric=loss&x=1', 400, 'REQUEST_INVALID'],
      ['an unknown query', '/api/runs/r/queries/nope', 404, 'NOT_FOUND'],
    ])('says over HTTP what is wrong with %s', async (_, path, status, code) => {
      expect(await get(path)).toMatchObject({
        status,
        body: { code, message: expect.any(String), todo: expect.any(String) },
      });
    });

    it.each(injections)('takes %j for a value, wherever it stands', async (sql) => {
      const text = encodeURIComponent(sql);
      for (const path of [
        `/api/runs/${text}`,
        `/api/runs/${text}/clients`,
        `/api/runs/${text}/timeseries?metric=loss`,
        `/api/runs/r/queries/${text}`,
        `/api/runs/r/timeseries?metric=${text}`,
        `/api/runs/r/timeseries?metric=loss&bucket=${text}`,
        `/api/runs/r/timeseries?metric=loss&from=${text}`,
        `/api/runs/r/timeseries?metric=loss&to=${text}`,
      ]) {
        const { status, body } = await get(path);
        expect([400, 404], path).toContain(status);
        expect(['REQUEST_INVALID', 'NOT_FOUND', 'RUN_UNKNOWN'], path).toContain(body.code);
      }
      expect((await ask({ sql: 'select $1::text', params: [sql] })).body.rows).toEqual([[sql]]);
      await isWhole();
    });

    it.each([
      'delete from runs',
      'with gone as (delete from runs returning 1) select * from gone',
      'select 1; delete from runs',
      'create table x (a int)',
      'copy runs to stdout',
      `select set_config('transaction_read_only', 'off', true), lo_from_bytea(0, 'x')`,
      'select 1 from runs for update',
      `select nextval('x')`,
      'reset role',
      `select pg_read_file('PG_VERSION')`,
      'do $$ begin delete from runs; end $$',
      'truncate runs',
    ])('only reads: %s', async (sql) => {
      expect(await ask({ sql })).toMatchObject({ status: 400, body: { code: 'QUERY_FAILED' } });
      await isWhole();
    });

    it
      .runIf(implementation.name.startsWith('embedded'))
      .each([
        `select set_config('role', 'postgres', true)`,
        `select set_config('role', 'postgres', true), query_to_xml('select pg_read_file(''PG_VERSION'')', true, false, '')`,
        `select query_to_xml('set role postgres', true, false, '')`,
        `select query_to_xml('update pg_settings set setting = ''postgres'' where name = ''role''', true, false, '')`,
      ])('does not let a query out of its role: %s', async (sql) => {
      expect(await ask({ sql })).toMatchObject({ status: 400, body: { code: 'QUERY_FAILED' } });
    });

    it.each([
      ['one value of a gigabyte', `select repeat('x', 1000000000)`],
      ['a gigabyte of rows', `select repeat('x', 100000) from generate_series(1, 10000)`],
    ])('refuses %s and goes on', async (_, sql) => {
      await expect(store.query(sql, { maxRows: 1_000_000 })).rejects.toMatchObject({
        code: 'QUERY_FAILED',
        message: expect.stringMatching(/larger than 256 MiB|memory|longer than/),
      });
      await isWhole();
    });

    it('still has every table as it was', async () => {
      for (const table of tableNames) await store.query(`select * from ${table} limit 1`);
      await isWhole();
    });
  });
}
