import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveFold } from '#internal/dashboard/server/live-fold.js';
import { logLines, trafficPoints } from '#internal/dashboard/server/live-view.js';
import { PatchBuffer } from '#internal/dashboard/server/patch-buffer.js';
import type { RunEvent } from '#protocol';
import { applyPatch } from './apply-patch.js';
import { script, startedAt } from './run-script.js';

function folded(...events: RunEvent[]): LiveFold {
  const fold = new LiveFold();
  for (const event of events) fold.apply(event);
  return fold;
}

describe('the live state of a run', () => {
  it('is empty before a run starts, whatever comes', () => {
    const fold = folded(script.roundState(1, 'announce'), script.runFinished('finished'));
    expect(fold.state()).toEqual({ run: undefined, rounds: [], agents: [], traffic: [], log: [] });
  });

  it('knows the run and all its clients from the start, agents unseen', () => {
    const { run, agents, log } = folded(script.runStarted()).state();
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
    expect(fold.state().run).toMatchObject({
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
    expect(fold.state().run?.reported).toBe(2);
    fold.apply(script.roundState(1, 'collect'));
    expect(fold.state().run?.reported).toBe(2);
    fold.apply(script.roundState(2, 'announce'));
    expect(fold.state().run?.reported).toBe(0);
  });

  it('says an agent that is lost in a run is a warning, and keeps the round it was in', () => {
    const fold = folded(
      script.runStarted(),
      script.agent(1, 'training', 1),
      script.agent(1, 'offline', 0, 'connection lost'),
    );
    expect(fold.state().agents[1]).toMatchObject({ state: 'offline', round: 1, pid: 4001 });
    expect(fold.state().log.at(-1)).toMatchObject({
      level: 'warn',
      code: 'AGENT_OFFLINE',
      message: 'c0001 is offline: connection lost',
    });
  });

  it('says an agent that leaves after the run is nothing to warn of', () => {
    const fold = folded(script.runStarted(), script.runFinished('finished'), script.agent(1, 'offline', 2));
    expect(fold.state().log.at(-1)).toMatchObject({ level: 'info', message: 'c0001 is offline' });
  });

  it('keeps accuracy over a failed round and clears the failure with the next success', () => {
    const fold = folded(script.runStarted(), script.clientFinished(0, 1));
    fold.apply(script.clientFinished(0, 2, 'agent_lost'));
    expect(fold.state().agents[0]).toMatchObject({
      accuracy: 0.75,
      failReason: 'agent_lost',
      participations: 1,
      failures: 1,
    });
    fold.apply(script.clientFinished(0, 3));
    expect(fold.state().agents[0]).toMatchObject({ failReason: undefined, participations: 2, failures: 1 });
  });

  it('does not count a round against a client that was not chosen', () => {
    const before = folded(script.runStarted());
    expect(before.apply(script.clientFinished(0, 1, undefined, false))).toEqual({});
    expect(before.state().agents[0]).toMatchObject({ participations: 0, failures: 0 });
  });

  it('adds a point to the curve for a finished round, with its duration in seconds', () => {
    const fold = folded(script.runStarted(), script.roundFinished(1, 1, 4000));
    expect(fold.state().rounds).toEqual([
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
    expect(fold.state().log.at(-1)).toMatchObject({
      level: 'warn',
      message: 'round 1: accuracy 0.5000, 2 of 3 clients took part',
    });
  });

  it('takes memory, CPU and latency of an agent from its telemetry, never a negative latency', () => {
    const fold = folded(script.runStarted(), script.telemetry(2, 12));
    expect(fold.state().agents[2]).toMatchObject({ rssMb: 180, cpuUtilization: 0.9, latencyMs: 12 });
    // A clock on another machine that is ahead of this one.
    fold.apply(script.telemetry(2, -5));
    expect(fold.state().agents[2]?.latencyMs).toBe(0);
  });

  it('makes rates per second of the broker’s totals', () => {
    const fold = folded(script.runStarted(), script.broker(0, 100, 1000), script.broker(2000, 150, 5000));
    expect(fold.state().traffic).toEqual([
      {
        at: startedAt + 2000,
        source: 'broker',
        messagesInPerS: 25,
        messagesOutPerS: 50,
        bytesInPerS: 2000,
        bytesOutPerS: 4000,
        messages: 450,
        bytes: 15_000,
      },
    ]);
  });

  it('gives no rate for a first count or for two at one time, and none below zero after a restart', () => {
    const fold = folded(script.runStarted(), script.broker(0, 100, 1000), script.broker(0, 200, 2000));
    expect(fold.state().traffic).toEqual([]);
    fold.apply(script.broker(1000, 10, 10));
    expect(fold.state().traffic.at(-1)).toMatchObject({ messagesInPerS: 0, bytesInPerS: 0 });
  });

  it('keeps as much log and traffic as a page does, the latest', () => {
    const fold = folded(script.runStarted());
    for (let i = 0; i < logLines + 100; i++) fold.apply(script.log(`line ${i}`));
    for (let i = 0; i < trafficPoints + 100; i++) fold.apply(script.broker(i * 1000, i, i));
    const { log, traffic } = fold.state();
    expect(log).toHaveLength(logLines);
    expect(log.at(-1)?.message).toBe(`line ${logLines + 99}`);
    // Numbered without a gap over the whole run: RUN_STARTED was 1.
    expect(log.at(-1)?.id).toBe(logLines + 101);
    expect(traffic).toHaveLength(trafficPoints);
    expect(traffic.at(-1)?.at).toBe(startedAt + (trafficPoints + 99) * 1000);
  });

  it.each([
    ['finished', 'info'],
    ['interrupted', 'warn'],
    ['failed', 'error'],
  ] as const)('ends a run that %s with a line of level %s', (status, level) => {
    const { run, log } = folded(script.runStarted(), script.runFinished(status, 'because')).state();
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
  fc.tuple(client, fc.integer({ min: -9, max: 99 })).map(([c, ms]) => script.telemetry(c, ms)),
  fc.tuple(fc.nat(100_000), fc.nat(1000)).map(([ms, n]) => script.broker(ms, n, n)),
  fc.string().map((text) => script.log(text)),
  fc.constant(script.runFinished('finished')),
);

describe('a snapshot and the patches after it', () => {
  it('give the state itself, wherever the snapshot falls and however the patches are merged', () => {
    fc.assert(
      fc.property(
        // Each event with whether a frame goes out after it.
        fc.array(fc.tuple(anyEvent, fc.boolean()), { maxLength: 60 }),
        fc.nat(60),
        (steps, joinedAfter) => {
          const fold = folded(script.runStarted());
          const buffer = new PatchBuffer();
          for (const [event] of steps.slice(0, joinedAfter)) fold.apply(event);
          let seen = fold.state();
          for (const [event, frame] of steps.slice(joinedAfter)) {
            buffer.add(fold.apply(event));
            const patch = frame ? buffer.take() : undefined;
            if (patch !== undefined) seen = applyPatch(seen, patch);
          }
          seen = applyPatch(seen, buffer.take() ?? {});
          expect(seen).toEqual(fold.state());
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('merging patches', () => {
  it('has nothing to give when nothing has come', () => {
    const buffer = new PatchBuffer();
    expect(buffer.take()).toBeUndefined();
    buffer.add({});
    expect(buffer.take()).toBeUndefined();
  });

  it('gives what has come once', () => {
    const buffer = new PatchBuffer();
    buffer.add(new LiveFold().apply(script.log('one')));
    expect(buffer.take()?.log).toHaveLength(1);
    expect(buffer.take()).toBeUndefined();
  });

  it('keeps the last view of each agent and is bounded, however much goes in', () => {
    const fold = folded(script.runStarted());
    const buffer = new PatchBuffer();
    for (let i = 0; i < 5000; i++) {
      buffer.add(fold.apply(script.telemetry(i % 3, i)));
      buffer.add(fold.apply(script.log(`line ${i}`)));
      buffer.add(fold.apply(script.broker(i * 1000, i, i)));
    }
    const patch = buffer.take();
    expect(patch?.agents?.map((agent) => agent.latencyMs).sort()).toEqual([4997, 4998, 4999]);
    expect(patch?.log).toHaveLength(logLines);
    expect(patch?.traffic).toHaveLength(trafficPoints);
    expect(patch?.log?.at(-1)?.message).toBe('line 4999');
  });
});
