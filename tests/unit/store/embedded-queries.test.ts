import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FleetError, RunEventStream } from '#protocol';
import { briefQueries, openStore, Recorder, type Store, type StoreNotice } from '#store';
import { script } from '../dashboard/run-script.js';

/** It would take the database longer than any test may. */
const endless = 'select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b';

describe('queries on the embedded store beside its writer', () => {
  const storeDir = mkdtempSync(join(tmpdir(), 'mlaas-queries-'));
  const notices: StoreNotice[] = [];
  let store: Store;

  beforeAll(async () => {
    store = await openStore({ storeDir }, { onNotice: (notice) => notices.push(notice) });
    const events = new RunEventStream();
    const recorder = new Recorder(store, events, (error) => {
      throw error;
    });
    events.publish(script.runStarted());
    await recorder.close();
  });
  afterAll(async () => {
    await store.close();
    rmSync(storeDir, { recursive: true, force: true });
  });

  const note = (text: string): Promise<unknown> => {
    const run_id = '20260102-030405-abcdef';
    return store.write({ run_notes: [{ run_id, noted_at: 0, note: text, tags: [] }] });
  };
  const outcome = (query: Promise<unknown>): Promise<unknown> =>
    query.then(
      () => 'answered',
      (error: unknown) => (error instanceof FleetError ? error.code : error),
    );

  it('wait until records are stored, also those that came later', async () => {
    const done: string[] = [];
    await Promise.all([
      outcome(store.query(endless, { timeoutMs: 200 })),
      store.query('select 1').then(() => done.push('query')),
      note('first').then(() => done.push('write')),
    ]);
    expect(done).toEqual(['write', 'query']);
  });

  it('are not begun, or are ended, when nobody wants the answer any more', async () => {
    const leaver = new AbortController();
    const running = outcome(store.query(endless, { timeoutMs: 600_000, signal: leaver.signal }));
    const waiting = outcome(store.query(endless, { timeoutMs: 600_000, signal: leaver.signal }));
    const stays = store.query('select 7');
    leaver.abort();
    expect(await waiting).toBe('QUERY_FAILED');
    expect(await running).toBe('QUERY_FAILED');
    expect((await stays).rows).toEqual([[7]]);
    expect(await outcome(store.query('select 1', { signal: leaver.signal }))).toBe('QUERY_FAILED');
  });

  it('go on for a moment when the asker leaves: most end by themselves, which costs less', async () => {
    const leaver = new AbortController();
    const short = store.query('select 1', { signal: leaver.signal });
    leaver.abort();
    expect((await short).rows).toEqual([[1]]);
  });

  it('are told of when records wait for one for more than a second', async () => {
    await note('before');
    notices.length = 0;
    const slow = outcome(store.query(endless, { timeoutMs: 1100 }));
    await note('behind it');
    await slow;
    expect(notices).toEqual([
      {
        level: 'warn',
        code: 'STORE_HELD_UP',
        message: expect.stringMatching(/^records waited \d+\.\d s to be stored/),
      },
    ]);
    await note('after');
    expect(notices).toHaveLength(1);
  });

  it('may only be brief while a run goes on, and say why', async () => {
    let isRunning = true;
    const beside = briefQueries(store, () => isRunning);
    expect((await beside.query('select 1')).rows).toEqual([[1]]);
    const refused: unknown = await beside.query(endless, { timeoutMs: 600_000 }).catch((error) => error);
    expect(refused).toMatchObject({
      code: 'STORE_BUSY',
      message: expect.stringMatching(/run that goes on.*2 s/),
      todo: expect.stringMatching(/PostgreSQL/),
    });
    expect(await outcome(beside.query(endless, { timeoutMs: 100 }))).toBe('QUERY_FAILED');
    expect(await outcome(beside.query('select nonsense'))).toBe('QUERY_FAILED');
    isRunning = false;
    // More than two seconds are allowed then.
    expect(await outcome(beside.query(endless, { timeoutMs: 2100 }))).toBe('QUERY_FAILED');
  });
});

it('a server is asked as long as one likes, beside a run too', () => {
  const server = { kind: 'postgres' } as Store;
  expect(briefQueries(server, () => true)).toBe(server);
});
