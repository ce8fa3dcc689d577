import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from '#internal/store/migrations/index.js';
import { FleetError } from '#protocol';
import { type Store, tableNames, tables } from '#store';
import { type StorePlace, storeImplementations } from './store-implementations.js';
import { clientRoundRow, epoch, eventRow, messageRow, roundRow, runRow, telemetryRow } from './store-rows.js';

for (const implementation of storeImplementations) {
  const { name, missing } = implementation;
  if (missing !== undefined) console.warn(`skipped: store contract on ${name}: ${missing}`);

  describe.skipIf(missing !== undefined)(`store: ${name}`, () => {
    let place: StorePlace;
    let store: Store;

    beforeAll(async () => {
      place = await implementation.place();
      store = await place.open();
    });
    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });

    const scalar = async (sql: string, params: (string | number)[] = []) =>
      (await store.query(sql, { params })).rows[0]?.[0];
    const failure = async (promise: Promise<unknown>): Promise<FleetError> => {
      const error = await promise.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(FleetError);
      return error as FleetError;
    };

    describe('schema', () => {
      it.each(tableNames)('%s has exactly the columns that its description says', async (table) => {
        const { rows } = await store.query(
          `SELECT a.attname::text, t.typname::text, NOT a.attnotnull
           FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
           WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname`,
          { params: [table] },
        );
        const described = Object.entries(tables[table].columns)
          .map(([column, spec]) => [
            column,
            spec.type.endsWith('[]') ? `_${spec.type.slice(0, -2)}` : spec.type,
            'nullable' in spec && spec.nullable,
          ])
          .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
        expect(rows).toEqual(described);
      });

      it.each(tableNames)('%s has the primary key that its description says', async (table) => {
        const { rows } = await store.query(
          `SELECT a.attname::text FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k(attnum, place), pg_attribute a
           WHERE i.indrelid = to_regclass($1) AND i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = k.attnum
           ORDER BY k.place`,
          { params: [table] },
        );
        expect(rows.flat()).toEqual([...tables[table].key]);
      });

      it('is migrated once, whoever opens it again', async () => {
        expect(await scalar('select count(*) from schema_migrations')).toBe(migrations.length);
      });
    });

    describe('write', () => {
      it('stores every type as it was', async () => {
        const texts = [
          '',
          'plain',
          'tab\tnewline\n"quote", \\N \\.',
          'ünï→漢字🙂',
          'nul\0byte',
          'lone\ud800end',
        ];
        const detail = {
          nested: [1, 2.5, null, true, { 'ünï→🙂': 'a\\u0000b' }],
          nul: 'x\0y',
          lone: '\udfff',
        };
        const micros = epoch + 0.123;
        await store.write({
          runs: [runRow('types')],
          compositions: [
            {
              run_id: 'types',
              round: 1,
              ts: micros,
              strategy: 's',
              eligible: [],
              chosen: [0, -1, 2147483647],
            },
          ],
          rounds: [Number.NaN, Number.POSITIVE_INFINITY, 1e-300, -0.1].map((value, i) =>
            roundRow('types', i + 1, {
              started_at: Date.UTC(1969, 11, 31, 23, 59, 59, 999),
              finished_at: micros,
              scheduled_clients: -2147483648,
              global_loss: value,
              global_accuracy: 0.1 + 0.2,
              weights_sha256: '',
            }),
          ),
          events: texts.map((message, i) =>
            eventRow('types', i, { message, detail: i === 0 ? null : detail }),
          ),
        });

        const events = await store.query(
          `select message, detail from events where run_id = 'types' order by seq`,
        );
        expect(events.columns).toEqual([
          { name: 'message', type: 'text' },
          { name: 'detail', type: 'jsonb' },
        ]);
        expect(events.rows.map(([message]) => message)).toEqual([
          ...texts.slice(0, 4),
          'nul\ufffdbyte',
          'lone\ufffdend',
        ]);
        expect(events.rows[0]?.[1]).toBeNull();
        expect(events.rows[1]?.[1]).toEqual({ ...detail, nul: 'x\ufffdy', lone: '\ufffd' });

        const rounds = await store.query(
          `select global_loss, global_accuracy, started_at, finished_at, scheduled_clients
           from rounds where run_id = 'types' order by round`,
        );
        expect(rounds.rows.map(([loss]) => loss)).toEqual(['NaN', 'Infinity', 1e-300, -0.1]);
        expect(rounds.rows[0]?.slice(1)).toEqual([
          0.1 + 0.2,
          '1969-12-31T23:59:59.999Z',
          '2026-01-02T03:04:05.678123Z',
          -2147483648,
        ]);
        expect(await store.query(`select eligible, chosen from compositions where run_id = 'types'`)).toEqual(
          {
            columns: [
              { name: 'eligible', type: 'int4[]' },
              { name: 'chosen', type: 'int4[]' },
            ],
            rows: [[[], [0, -1, 2147483647]]],
            truncated: false,
          },
        );
        expect(
          (await store.query(`select seed, config, finished_at from runs where run_id = 'types'`)).rows,
        ).toEqual([[Number.MAX_SAFE_INTEGER, runRow('types').config, null]]);
      });

      it('keeps a redelivered row once and says how many were new', async () => {
        const rows = Array.from({ length: 500 }, (_, seq) => telemetryRow('again', seq));
        expect(await store.write({ telemetry: rows.slice(0, 300) })).toEqual({ telemetry: 300 });
        // The second delivery arrives later, and some of it twice in one batch.
        const late = rows.map((row) => ({ ...row, ts: row.ts + 1000 }));
        expect(await store.write({ telemetry: [...late, ...late.slice(400)] })).toEqual({ telemetry: 200 });
        expect(await scalar(`select count(*) from telemetry where run_id = 'again'`)).toBe(500);
        expect(
          await scalar(`select max(ts - sent_at)::text from telemetry where run_id = 'again' and seq < 300`),
        ).toBe('00:00:00.00025');
      });

      it('tells messages apart by sender, process, kind and number', async () => {
        const first = messageRow('messages', 0);
        const broadcast = {
          ...{ sender: 'aggregator', kind: 'plan', direction: 'down', client_id: null, latency_ms: null },
        };
        const others = [{ sender: 'c0001' }, { boot: epoch + 1 }, { kind: 'result' }, { seq: 1 }, broadcast];
        const rows = [first, ...others.map((over) => ({ ...first, ...over }))];
        expect(await store.write({ messages: rows })).toEqual({ messages: 6 });
        const again = { ...first, ts: first.ts + 1000, latency_ms: 1000.25 };
        expect(await store.write({ messages: [again, messageRow('messages', 2)] })).toEqual({ messages: 1 });
        expect(await scalar(`select max(latency_ms) from messages where run_id = 'messages'`)).toBe(0.25);
        expect(await scalar(`select count(*) from messages where client_id is null`)).toBe(1);
      });

      it('updates a run’s status, and its last row wins within one batch', async () => {
        expect(await store.write({ runs: [runRow('update')] })).toEqual({ runs: 1 });
        const finished = runRow('update', { status: 'finished', finished_at: epoch + 1, name: 'other' });
        expect(await store.write({ runs: [runRow('update', { rounds_finished: 1 }), finished] })).toEqual({
          runs: 0,
        });
        const { rows } = await store.query(
          `select status, finished_at, rounds_finished, name from runs where run_id = 'update'`,
        );
        expect(rows).toEqual([['finished', '2026-01-02T03:04:05.679Z', 0, 'name of update']]);
      });

      it('stores all tables of a batch or none', async () => {
        const orphan = clientRoundRow('no such run', 1, 0);
        const error = await failure(
          store.write({ client_rounds: [orphan], telemetry: [telemetryRow('atomic', 0)] }),
        );
        expect(error.code).toBe('STORE_FAILED');
        expect(error.message).toMatch(/foreign key/);
        expect(await scalar(`select count(*) from telemetry where run_id = 'atomic'`)).toBe(0);
        expect(await store.write({ telemetry: [telemetryRow('atomic', 0)] })).toEqual({ telemetry: 1 });
      });

      it('names the column of a value that does not fit', async () => {
        const error = await failure(
          store.write({ telemetry: [{ ...telemetryRow('range', 0), round: 2 ** 31 }] }),
        );
        expect(error.code).toBe('STORE_FAILED');
        expect(error.message).toContain('round');
      });

      it('takes batches at the same time', async () => {
        const writes = Array.from({ length: 8 }, (_, k) =>
          store.write({
            telemetry: Array.from({ length: 50 }, (_, i) => telemetryRow('parallel', k * 50 + i)),
          }),
        );
        await Promise.all(writes);
        expect(await scalar(`select count(*) from telemetry where run_id = 'parallel'`)).toBe(400);
      });

      it('does nothing with an empty batch', async () => {
        expect(await store.write({ telemetry: [] })).toEqual({});
      });
    });

    describe('query', () => {
      it('gives values that survive JSON, whole where a number would not be', async () => {
        const result = await store.query(
          `select 9007199254740991::int8 safe, 9007199254740993::int8 big, 0.5::numeric n, 3::numeric whole,
             'Infinity'::float8 inf, true yes, null::int4 nothing, date '2026-01-02' d, interval '90 s' i,
             array[1.5, null]::float8[] floats, array['a,b', 'c"d'] texts, '{"a":[1]}'::jsonb j,
             timestamptz '2026-01-02 03:04:05.678901+02' t, timestamp '2026-01-02 03:04:05' local, 1 as safe`,
        );
        expect(JSON.parse(JSON.stringify(result))).toEqual(result);
        expect(result.rows).toEqual([
          [
            9007199254740991,
            '9007199254740993',
            0.5,
            3,
            'Infinity',
            true,
            null,
            '2026-01-02',
            '00:01:30',
            [1.5, null],
            ['a,b', 'c"d'],
            { a: [1] },
            '2026-01-02T01:04:05.678901Z',
            '2026-01-02T03:04:05',
            1,
          ],
        ]);
        expect(result.columns[0]).toEqual({ name: 'safe', type: 'int8' });
        expect(result.columns.at(-1)).toEqual({ name: 'safe', type: 'int4' });
      });

      it('takes parameters of every kind, also with SQL in them', async () => {
        const { rows } = await store.query('select $1::text, $2::int4, $3::bool, $4::float8', {
          params: [`'; drop table runs; --`, 7, true, null],
        });
        expect(rows).toEqual([[`'; drop table runs; --`, 7, true, null]]);
      });

      it('takes WITH, VALUES, TABLE, comments and a last semicolon', async () => {
        expect((await store.query('with x as (select 1 a) select a from x;')).rows).toEqual([[1]]);
        expect((await store.query('values (1), (2)')).rows).toEqual([[1], [2]]);
        const all = await store.query('-- all\n/* of it */ table schema_migrations -- end');
        expect(all.rows).toHaveLength(migrations.length);
      });

      it('cuts at the row limit and says so', async () => {
        const sql = 'select g from generate_series(1, 5) g';
        expect(await store.query(sql, { maxRows: 3 })).toMatchObject({
          rows: [[1], [2], [3]],
          truncated: true,
        });
        expect(await store.query(sql, { maxRows: 5 })).toMatchObject({ truncated: false });
      });

      it.each([
        `insert into runs select * from runs`,
        `delete from telemetry`,
        `update runs set name = 'x'`,
        `drop table runs`,
        `create table x (a int)`,
        `truncate telemetry`,
        `copy (select 1) to '/tmp/mlaas-copy'`,
        `copy runs from '/dev/null'`,
        `set transaction read write`,
        `set role postgres`,
        `begin`,
        `commit`,
        `do $$ begin delete from runs; end $$`,
        `call x()`,
        `select 1; delete from runs`,
        `select 1; commit; delete from runs`,
        `with gone as (delete from runs returning 1) select * from gone`,
        `select 1 into x`,
        `select * from runs for update`,
        `select set_config('transaction_read_only', 'off', false)`,
        `select query_to_xml('delete from runs', true, false, '')`,
        ``,
      ])('refuses to write: %s', async (sql) => {
        await store.write({ runs: [runRow('kept')] });
        const before = await scalar('select count(*) from runs');
        const error = await failure(store.query(sql));
        expect(error.code).toBe('QUERY_FAILED');
        expect(error.exitCode).toBe(34);
        expect(await scalar('select count(*) from runs')).toBe(before);
        expect(await scalar(`select to_regclass('x')::text`)).toBeNull();
        // The session that ran it is as before for the next writer.
        expect(await store.write({ runs: [runRow('kept')] })).toEqual({ runs: 0 });
      });

      it('passes the server’s message on', async () => {
        const error = await failure(store.query('select nonsense from runs'));
        expect(error.message).toContain('column "nonsense" does not exist');
        expect(error.message).not.toContain('\n');
      });

      it('leaves no setting behind', async () => {
        // The embedded store refuses it.
        await store.query(`select set_config('timezone', 'Asia/Tokyo', false)`).catch(() => undefined);
        expect(await scalar(`select timestamptz '2026-01-02 00:00:00+00'`)).toBe('2026-01-02T00:00:00Z');
      });

      it('ends a query that takes too long, and goes on', async () => {
        const endless = 'select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b';
        const slow = failure(store.query(endless, { timeoutMs: 300 }));
        const writing = store.write({ telemetry: [telemetryRow('timeout', 0)] });
        expect((await slow).message).toMatch(/longer than 0\.3 s/);
        expect(await writing).toEqual({ telemetry: 1 });
        expect(await scalar(`select count(*) from telemetry where run_id = 'timeout'`)).toBe(1);
      });
    });

    describe('lifetime', () => {
      it('is there again after a checkpoint, a close and another open', async () => {
        await store.write({ telemetry: [telemetryRow('reopened', 0)] });
        await store.checkpoint();
        await store.close();
        await store.close();
        expect((await failure(store.write({ telemetry: [telemetryRow('reopened', 1)] }))).code).toBe(
          'STORE_FAILED',
        );
        expect((await failure(store.query('select 1'))).code).toBe('STORE_FAILED');
        store = await place.open();
        expect(await scalar(`select count(*) from telemetry where run_id = 'reopened'`)).toBe(1);
      });
    });
  });
}
