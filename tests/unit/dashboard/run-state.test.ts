import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeColumns } from '#internal/dashboard/server/frames/columns.js';
import { logLines } from '#internal/dashboard/server/frames/live-view.js';
import { seriesTopic, topics } from '#internal/dashboard/server/frames/metrics.js';
import { RunState } from '#internal/dashboard/server/live/run-state.js';
import { EventRows } from '#internal/store/event-rows.js';
import type { RunEvent } from '#protocol';
import { script, startedAt } from './run-script.js';

const allStored = { waiting: 0, spooled: 0, waitingSince: undefined, dropped: 0, rejected: 0 };

function folded(...events: RunEvent[]): RunState {
  const fold = new RunState();
  for (const event of events) fold.apply(event);
  return fold;
}

describe('the live state of a run', () => {
  it('is empty before a run starts, whatever comes', () => {
    const fold = folded(script.roundState(1, 'announce'), script.runFinished('finished'));
    expect(fold.view()).toEqual({
      run: undefined,
      rounds: [],
      agents: [],
      traffic: undefined,
      writer: undefined,
      telemetry: { received: 0, lost: 0 },
      log: [],
      logCounts: { info: 0, warn: 0, error: 0 },
    });
  });

  it('knows the run and all its clients from the start, agents unseen', () => {
    const { run, agents, log } = folded(script.runStarted()).view();
    expect(run).toMatchObject({
      runId: '20260102-030405-abcdef',
      name: 'scripted',
      dataset: 'mnist',
      strategy: 'iid',
      engine: 'tfjs',
      seed: 7,
      clients: 3,
      rounds: 2,
      round: 0,
      roundState: 'starting',
      status: 'running',
      startedAt,
      finishedAt: undefined,
    });
    expect(agents.map(({ agent, state, samples }) => [agent, state, samples])).toEqual([
      ['c0000', 'unseen', 100],
      ['c0001', 'unseen', 101],
      ['c0002', 'unseen', 102],
    ]);
    expect(log.map((line) => line.code)).toEqual(['RUN_STARTED']);
  });

  it('follows the round machine and remembers when the first round began', () => {
    const fold = folded(
      script.runStarted(),
      script.roundState(1, 'announce', 500),
      script.roundState(2, 'collect', 900),
    );
    expect(fold.view().run).toMatchObject({
      round: 2,
      roundState: 'collect',
      participants: 3,
      roundsBeganAt: startedAt + 500,
    });
  });

  it('counts each update once, and only those of the current round', () => {
    const fold = folded(
      script.runStarted(),
      script.roundState(1, 'announce'),
      script.agent(0, 'uploading', 1),
      script.agent(1, 'uploading', 1),
    );
    // Again after a reconnection, and one of a round that is not on.
    fold.apply(script.agent(1, 'uploading', 1));
    fold.apply(script.agent(2, 'uploading', 0));
    expect(fold.view().run?.reported).toBe(2);
    fold.apply(script.roundState(1, 'collect'));
    expect(fold.view().run?.reported).toBe(2);
    fold.apply(script.roundState(2, 'announce'));
    expect(fold.view().run?.reported).toBe(0);
  });

  it('names an agent that is lost in a run, and keeps the round it was in', () => {
    const fold = folded(
      script.runStarted(),
      script.agent(1, 'training', 1),
      script.agent(1, 'offline', 0, 'connection lost'),
    );
    expect(fold.view().agents[1]).toMatchObject({ state: 'offline', round: 1, pid: 4001 });
    expect(fold.view().log.at(-1)).toMatchObject({
      level: 'info',
      code: 'AGENT_OFFLINE',
      message: 'c0001 is offline: connection lost',
    });
  });

  it('says once that agents leave in order, however many do and however often each says so', () => {
    const fold = folded(script.runStarted());
    for (const client of [0, 1, 2, 0, 1]) fold.apply(script.agent(client, 'offline', 2, 'the run is over'));
    // The broker may still speak the last will of one that has said goodbye.
    fold.apply(script.agent(2, 'offline', 0, 'connection lost'));
    expect(fold.view().log.map(({ level, code }) => [level, code])).toEqual([
      ['info', 'RUN_STARTED'],
      ['info', 'AGENTS_LEAVE'],
    ]);
  });

  it('keeps accuracy over a failed round and clears the failure with the next success', () => {
    const fold = folded(script.runStarted(), script.clientFinished(0, 1));
    fold.apply(script.clientFinished(0, 2, 'agent_lost'));
    expect(fold.view().agents[0]).toMatchObject({
      metrics: { accuracy: 0.75 },
      failReason: 'agent_lost',
      participations: 1,
      failures: 1,
    });
    fold.apply(script.clientFinished(0, 3));
    expect(fold.view().agents[0]).toMatchObject({ failReason: undefined, participations: 2, failures: 1 });
  });

  it('does not count a round against a client that was not chosen', () => {
    const fold = folded(script.runStarted());
    fold.apply(script.clientFinished(0, 1, undefined, false));
    expect(fold.view().agents[0]).toMatchObject({ participations: 0, failures: 0 });
  });

  it('adds a point to the curve for a finished round, with its duration in seconds', () => {
    const fold = folded(script.runStarted(), script.roundFinished(1, 1, 4000));
    expect(fold.view().rounds).toEqual([
      {
        round: 1,
        accuracy: 0.5,
        loss: 1,
        participated: 2,
        failed: 1,
        durationS: 3,
        at: startedAt + 4000,
      },
    ]);
    expect(fold.view().log.at(-1)).toMatchObject({
      level: 'info',
      message: 'round 1: accuracy 0.5000, 2 of 3 clients took part',
    });
  });

  it('takes memory, CPU and latency of an agent from its telemetry, never a negative latency', () => {
    const fold = folded(script.runStarted(), script.telemetry(2, 12));
    expect(fold.view().agents[2]?.metrics).toMatchObject({ rss_mb: 180, latency_ms: 12 });
    expect(fold.view().agents[2]?.metrics.cpu_utilization).toBeCloseTo(0.9, 6);
    // A clock on another machine that is ahead of this one.
    fold.apply(script.telemetry(2, -5, 2));
    expect(fold.view().agents[2]?.metrics.latency_ms).toBe(0);
  });

  it('counts what is missing between the numbers of telemetry, until it comes late', () => {
    const fold = folded(script.runStarted(), script.telemetry(0, 1, 1), script.telemetry(0, 1, 4));
    expect(fold.view().telemetry).toEqual({ received: 2, lost: 2 });
    fold.apply(script.telemetry(0, 1, 3));
    // The same again: not counted.
    fold.apply(script.telemetry(0, 1, 4));
    expect(fold.view().telemetry).toEqual({ received: 3, lost: 1 });
  });

  it('shows nothing of messages that are stored only', () => {
    const fold = folded(script.runStarted());
    const sealed = fold.seal();
    fold.apply({
      ...{ type: 'message', ts: startedAt + 1e6, sender: 'c0000', boot: startedAt, seq: 0 },
      ...{ sentAt: startedAt, kind: 'update', direction: 'up', client: 0, round: 1, bytes: 1000 },
    });
    expect(fold.seal()).toBe(sealed);
  });

  it('makes rates of an agent’s traffic from two messages of one process', () => {
    const fold = folded(script.runStarted(), script.telemetry(0, 1, 1));
    expect(fold.view().agents[0]?.metrics).not.toHaveProperty('sent_bytes_per_s');
    fold.apply(script.telemetry(0, 1, 2, { atMs: 2000, bytesSent: 1010 }));
    expect(fold.view().agents[0]?.metrics.sent_bytes_per_s).toBe(500);
  });

  it('makes rates per second of the broker’s totals', () => {
    const fold = folded(script.runStarted(), script.broker(0, 100, 1000), script.broker(2000, 150, 5000));
    expect(fold.view().traffic).toEqual({
      at: startedAt + 2000,
      source: 'broker',
      clients: 4,
      messagesInPerS: 25,
      messagesOutPerS: 50,
      bytesInPerS: 2000,
      bytesOutPerS: 4000,
      messages: 450,
      bytes: 15_000,
    });
  });

  it('makes no rate over an instant, but counts what came in it, and in the next rate', () => {
    const fold = folded(script.runStarted(), script.broker(0, 0, 0), script.broker(1000, 10, 100));
    fold.apply(script.broker(1010, 40, 130));
    expect(fold.view().traffic).toMatchObject({ messagesInPerS: 10, messages: 120 });
    fold.apply(script.broker(2000, 50, 200));
    expect(fold.view().traffic).toMatchObject({ messagesInPerS: 40, messages: 150 });
  });

  it('makes the rate of stored rows from two samples of the writer', () => {
    const fold = folded(script.runStarted());
    fold.writer({ ...allStored, at: startedAt, rows: 100 });
    fold.writer({
      ...allStored,
      at: startedAt + 2000,
      rows: 500,
      waiting: 7,
      waitingSince: startedAt + 1900,
    });
    expect(fold.view().writer).toMatchObject({ rows: 500, rowsPerS: 200, waiting: 7 });
  });

  it('follows the writer after the run until all is stored, and then no more', () => {
    const fold = folded(script.runStarted());
    fold.writer({ ...allStored, at: startedAt, rows: 100, spooled: 40, waitingSince: startedAt });
    fold.apply(script.runFinished('finished'));
    fold.writer({ ...allStored, at: startedAt + 1000, rows: 100, spooled: 41, waitingSince: startedAt });
    expect(fold.view().writer).toMatchObject({ spooled: 41, waitingSince: startedAt });
    fold.writer({ ...allStored, at: startedAt + 2000, rows: 141 });
    expect(fold.view().writer).toMatchObject({ rows: 141, rowsPerS: 41, spooled: 0 });
    expect(fold.view().writer?.waitingSince).toBeUndefined();
    fold.writer({ ...allStored, at: startedAt + 2500, rows: 141 });
    expect(fold.view().writer).toMatchObject({ rows: 141, rowsPerS: 0 });
    // The writer of the next run, before that begins.
    fold.writer({ ...allStored, at: startedAt + 3000, rows: 0, waiting: 3, waitingSince: startedAt + 2900 });
    expect(fold.view().writer).toMatchObject({ rows: 141, waiting: 0 });
  });

  it('gives no rate for a first count or for two at one time', () => {
    const fold = folded(script.runStarted(), script.broker(0, 100, 1000), script.broker(0, 200, 2000));
    expect(fold.view().traffic).toBeUndefined();
  });

  it('carries totals over to the next broker of the run, which counts from 0', () => {
    const fold = folded(script.runStarted(), script.broker(0, 100, 1000), script.broker(1000, 200, 2000));
    fold.apply(script.broker(2000, 10, 10));
    expect(fold.view().traffic).toMatchObject({ messages: 630, bytes: 6030, messagesInPerS: 10 });
    fold.apply(script.broker(3000, 20, 30));
    expect(fold.view().traffic).toMatchObject({ messages: 660, bytes: 6090, messagesInPerS: 10 });
  });

  it('begins a run that is resumed with the rounds that are finished', () => {
    const { run } = folded({ ...script.runStarted(), resumedAfter: 1 } as RunEvent).view();
    expect(run).toMatchObject({ round: 1, roundState: 'starting', status: 'running' });
  });

  it('keeps as much log as a page does, the latest', () => {
    const fold = folded(script.runStarted());
    for (let i = 0; i < 3 * logLines + 100; i++) fold.apply(script.log(`line ${i}`));
    fold.apply(script.log('the last', 'warn'));
    const { log, logCounts } = fold.view();
    expect(logCounts).toEqual({ info: 3 * logLines + 101, warn: 1, error: 0 });
    expect(log).toHaveLength(logLines);
    expect(log.at(-2)?.message).toBe(`line ${3 * logLines + 99}`);
    // Numbered without a gap over the whole run: RUN_STARTED was 1.
    expect(log.at(-1)?.id).toBe(3 * logLines + 102);
  });

  it('warns of what the store has as a warning, and of nothing else', () => {
    const events: RunEvent[] = [
      script.runStarted(),
      script.agent(1, 'training', 1),
      script.agent(1, 'offline', 0, 'connection lost'),
      script.clientFinished(1, 1, 'agent_lost'),
      script.roundFinished(1, 1),
      script.log('told', 'warn'),
      script.runFinished('failed', 'because'),
    ];
    const rows = new EventRows(events[0] as Extract<RunEvent, { type: 'run-started' }>);
    const stored = events.flatMap((event) => rows.rowsOf(event).events ?? []);
    const isTrouble = ({ level }: { level: string }): boolean => level !== 'info';
    expect(
      folded(...events)
        .view()
        .log.filter(isTrouble),
    ).toHaveLength(stored.filter(isTrouble).length);
  });

  it.each([
    ['finished', 'info'],
    ['interrupted', 'warn'],
    ['failed', 'warn'],
  ] as const)('ends a run that %s with a line of level %s', (status, level) => {
    const { run, log } = folded(script.runStarted(), script.runFinished(status, 'because')).view();
    expect(run).toMatchObject({ status, reason: 'because', finishedAt: startedAt + 9000 });
    expect(log.at(-1)).toMatchObject({ level, code: 'RUN_ENDED', message: `run ${status}: because` });
  });
});

const client = fc.integer({ min: 0, max: 2 });
const round = fc.integer({ min: 1, max: 3 });
const anyEvent: fc.Arbitrary<RunEvent> = fc.oneof(
  fc
    .tuple(client, fc.constantFrom('idle', 'training', 'uploading', 'offline'), round)
    .map(([c, state, r]) => script.agent(c, state, r)),
  fc
    .tuple(round, fc.constantFrom('announce', 'collect', 'store'))
    .map(([r, state]) => script.roundState(r, state)),
  fc
    .tuple(client, round, fc.option(fc.constant('timeout'), { nil: undefined }))
    .map(([c, r, failReason]) => script.clientFinished(c, r, failReason)),
  round.map((r) => script.roundFinished(r)),
  fc
    .tuple(client, fc.integer({ min: -9, max: 99 }), fc.nat(50))
    .map(([c, ms, seq]) => script.telemetry(c, ms, seq)),
  fc.tuple(fc.nat(100_000), fc.nat(1000)).map(([ms, n]) => script.broker(ms, n, n)),
  fc.string().map((text) => script.log(text)),
  fc.constant(script.runFinished('finished')),
);

/** What a page has: every record by its key, put together in the plainest way. */
class Seen {
  readonly records = new Map<string, unknown>();

  take(frame: Uint8Array<ArrayBuffer>): void {
    const { header, groups } = decodeColumns(frame.slice().buffer);
    if (header.since === 0) this.records.clear();
    for (const name of ['run', 'traffic', 'writer', 'telemetry']) {
      if (header[name] !== undefined) this.records.set(name, header[name]);
    }
    for (const round of header.rounds as { round: number }[]) this.records.set(`round ${round.round}`, round);
    for (const line of header.log as { id: number }[]) this.records.set(`line ${line.id}`, line);
    for (const [one, reason] of header.failReasons as [number, string | null][]) {
      this.records.set(`reason ${one}`, reason);
    }
    for (const [topic, columns] of Object.entries(groups)) {
      const key = columns.client ?? columns.start;
      const width = (header.widths as Record<string, number>)[topic];
      key?.forEach((row, i) => {
        const values = Object.entries(columns).map(([name, column]) => [name, column[i]]);
        this.records.set(`${topic} ${width} ${row}`, Object.fromEntries(values));
      });
    }
  }
}

const all = new Set(topics);
const live = { kind: 'live', canAct: false, canStart: false } as const;

describe('frames', () => {
  it('make the same of a page, however many there are and wherever it joins', () => {
    fc.assert(
      fc.property(
        // Each event with whether a frame goes out after it.
        fc.array(fc.tuple(anyEvent, fc.boolean()), { maxLength: 60 }),
        fc.nat(60),
        (steps, joinedAfter) => {
          const fold = folded(script.runStarted());
          const page = new Seen();
          let seq = 0;
          steps.forEach(([event, isSent], i) => {
            fold.apply(event);
            if (i < joinedAfter || !isSent) return;
            const latest = fold.seal();
            page.take(fold.frameSince(seq, all, live));
            seq = latest;
          });
          fold.seal();
          page.take(fold.frameSince(seq, all, live));
          const whole = new Seen();
          whole.take(fold.frameSince(0, all, live));
          for (const [key, value] of whole.records) expect(page.records.get(key), key).toEqual(value);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it('tell of what a page has subscribed to and nothing else', () => {
    const fold = folded(script.runStarted(), script.telemetry(0, 5), script.broker(0, 1, 1));
    const topic = seriesTopic('latency_ms', 'recent');
    const { groups } = decodeColumns(fold.frameSince(0, new Set([topic]), live).slice().buffer);
    expect(Object.keys(groups)).toEqual([topic]);
    expect(groups[topic]?.count).toEqual(Uint32Array.of(1));
  });

  it('are only numbered on when something has happened', () => {
    const fold = folded(script.runStarted());
    expect(fold.seal()).toBe(1);
    expect(fold.seal()).toBe(1);
    fold.apply(script.log('one'));
    expect(fold.seal()).toBe(2);
  });
});
