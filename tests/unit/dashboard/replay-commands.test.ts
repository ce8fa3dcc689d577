import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dashboard, startDashboard } from '#dashboard';
import { type RunEvent, RunEventStream } from '#protocol';
import { openStore, type Queryable, Recorder, type Store } from '#store';
import { PageClient, until } from './page-client.js';
import { script, startedAt } from './run-script.js';

const run = '20260102-030405-abcdef';
const broken = '20260102-030405-broken';
const roundMs = 100_000;

/** A store whose answers wait for `open`, and which counts what is asked of it. */
class Gate implements Queryable {
  asked = 0;
  readonly #store: Queryable;
  #opened = Promise.resolve();
  open = (): void => {};

  constructor(store: Queryable) {
    this.#store = store;
  }

  shut(): void {
    this.#opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  query: Queryable['query'] = async (sql, options) => {
    this.asked++;
    await this.#opened;
    options?.signal?.throwIfAborted();
    return await this.#store.query(sql, options);
  };
}

/** A run that is interrupted in its second round, and resumed. */
async function recordBreak(store: Store): Promise<void> {
  const started = { ...script.runStarted(), runId: broken } as Extract<RunEvent, { type: 'run-started' }>;
  const parts: RunEvent[][] = [
    [
      started,
      script.roundFinished(1),
      script.roundState(2, 'collect', 5000),
      script.runFinished('interrupted'),
    ],
    [
      { ...started, ts: startedAt + 20_000, resumedAfter: 1 },
      script.roundState(2, 'collect', 21_000),
      script.roundFinished(2, 0, 30_000),
    ],
  ];
  for (const [i, part] of parts.entries()) {
    const events = new RunEventStream();
    const options = { firstEventSeq: i * 100 };
    const recorder = new Recorder(store, events, (error) => expect.fail(error.message), options);
    for (const event of part) events.publish(event);
    await recorder.close();
  }
}

describe('what a page asks of a replay', () => {
  const storeDir = mkdtempSync(join(tmpdir(), 'mlaas-replay-'));
  let store: Store;
  let gate: Gate;
  let events: RunEventStream;
  let dashboard: Dashboard;
  let page: PageClient;

  beforeAll(async () => {
    store = await openStore({ storeDir });
    const events = new RunEventStream();
    const recorder = new Recorder(store, events, (error) => {
      throw error;
    });
    events.publish(script.runStarted());
    // Rounds that fill ten parts of what a jump reads at once.
    for (let round = 1; round <= 6; round++) events.publish(script.roundFinished(round, 0, round * roundMs));
    events.publish({ ...script.runFinished('finished'), ts: startedAt + 6 * roundMs });
    await recorder.close();
    await recordBreak(store);
  });
  afterAll(async () => {
    await store.close();
    rmSync(storeDir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    gate = new Gate(store);
    events = new RunEventStream();
    dashboard = await startDashboard({ host: '127.0.0.1', port: 0, events, store: gate });
    page = await PageClient.open(dashboard.url);
  });
  afterEach(() => dashboard.close());

  const kind = (): string => page.last.source.kind;
  /** Waits until the server has taken in all that the page has said. */
  const heard = async (): Promise<void> => {
    const answered = new Promise((resolve) => page.socket.once('pong', resolve));
    page.socket.ping();
    await answered;
  };

  it('is forgotten when it leaves while the run still loads', async () => {
    gate.shut();
    page.say({ type: 'replay', run });
    page.say({ type: 'live' });
    await heard();
    gate.open();
    page.say({ type: 'subscribe', topics: [] });
    const { length } = page.frames;
    await until(() => page.frames.length > length);
    // What would have opened has all it waits for by then.
    const other = await PageClient.open(dashboard.url);
    other.say({ type: 'replay', run });
    await until(() => other.last.source.kind === 'replay');
    expect(new Set(page.frames.map(({ header }) => header.source.kind))).toEqual(new Set(['live']));
    expect(page.problems).toEqual([]);
  });

  it('is of the run that it has asked for last', async () => {
    gate.shut();
    page.say({ type: 'replay', run: 'nothing' });
    page.say({ type: 'replay', run, at: startedAt });
    await heard();
    gate.open();
    await until(() => kind() === 'replay');
    expect(page.last.source).toMatchObject({ run, at: startedAt });
    expect(page.problems).toEqual([]);
  });

  it('is done in its order, also while the run loads', async () => {
    gate.shut();
    page.say({ type: 'replay', run, at: startedAt });
    page.say({ type: 'play', speed: 1000 });
    page.say({ type: 'pause' });
    page.say({ type: 'seek', at: startedAt + roundMs });
    await heard();
    gate.open();
    await until(() => kind() === 'replay' && page.rounds.size === 1);
    expect(page.last.source).toMatchObject({ at: startedAt + roundMs, isPlaying: false });
  });

  it('goes on after a break where the run did', async () => {
    page.say({ type: 'replay', run: broken, at: startedAt + 9500 });
    await until(() => page.run?.runId === broken);
    expect(page.run).toMatchObject({ status: 'interrupted', finishedAt: startedAt + 9000, round: 2 });
    page.say({ type: 'seek', at: startedAt + 20_000 });
    await until(() => page.run?.status === 'running');
    expect(page.run).toMatchObject({ round: 1, roundState: 'starting' });
    expect(page.run?.finishedAt).toBeUndefined();
    page.say({ type: 'seek', at: startedAt + 22_000 });
    await until(() => page.run?.round === 2);
    expect(page.run).toMatchObject({ status: 'running', roundState: 'collect' });
    expect([...page.log.values()].map(({ message }) => message)).toContain(
      `run ${broken} goes on after round 1`,
    );
  });

  it('is answered with what goes on meanwhile, as it begins and ends', async () => {
    page.say({ type: 'replay', run });
    await until(() => kind() === 'replay');
    expect(page.last.source).toMatchObject({ canStart: false });
    expect(page.last.source).not.toHaveProperty('liveRun');
    events.publish({ ...script.runStarted(), runId: 'next' } as RunEvent);
    await until(() => 'liveRun' in page.last.source);
    expect(page.last.source).toMatchObject({ kind: 'replay', run, liveRun: 'next' });
    events.publish(script.runFinished('finished'));
    await until(() => !('liveRun' in page.last.source));
    expect(kind()).toBe('replay');
  });

  it('is done for the newest of its jumps only', async () => {
    page.say({ type: 'replay', run, at: startedAt });
    await until(() => kind() === 'replay');
    gate.shut();
    const before = gate.asked;
    for (let i = 1; i <= 50; i++) page.say({ type: 'seek', at: startedAt + 6 * roundMs - i });
    page.say({ type: 'seek', at: startedAt + roundMs });
    await heard();
    gate.open();
    await until(() => page.rounds.size === 1);
    expect(page.last.source).toMatchObject({ at: startedAt + roundMs });
    // One query each that was given up, and the newest's: of each of its two parts four.
    expect(gate.asked - before).toBe(50 + 2 * 4);
    expect(page.problems).toEqual([]);
  });

  it('is found from where it is when it jumps forward, and from the start when it jumps back', async () => {
    const jump = async (round: number): Promise<number> => {
      const before = gate.asked;
      page.say({ type: 'seek', at: startedAt + round * roundMs });
      await until(() => page.last.source.kind === 'replay' && page.rounds.size === round);
      return gate.asked - before;
    };
    page.say({ type: 'replay', run, at: startedAt + 3 * roundMs });
    await until(() => kind() === 'replay');
    const { epoch } = page.last;
    expect(await jump(4)).toBe(2 * 4);
    expect(page.last.epoch).toBe(epoch);
    expect([...page.rounds.keys()]).toEqual([1, 2, 3, 4]);
    expect(await jump(3)).toBe(6 * 4);
    expect([...page.rounds.keys()]).toEqual([1, 2, 3]);
    expect(page.problems).toEqual([]);
  });
});
