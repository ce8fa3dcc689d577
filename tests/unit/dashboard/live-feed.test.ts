import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveState, startDashboard } from '#dashboard';
import { type RunEvent, RunEventStream } from '#protocol';
import { noStore } from './no-store.js';
import { PageClient, until } from './page-client.js';
import { script } from './run-script.js';

let events: RunEventStream;
let dashboard: Awaited<ReturnType<typeof startDashboard>>;

beforeEach(async () => {
  events = new RunEventStream();
  dashboard = await startDashboard({ host: '127.0.0.1', port: 0, events, store: noStore });
});

afterEach(() => dashboard.close());

describe('frames', () => {
  it('begin with all that went on before the page came', async () => {
    events.publish(script.runStarted());
    events.publish(script.roundFinished(1));
    const page = await PageClient.open(dashboard.url);
    expect(page.frames[0]?.header).toMatchObject({
      since: 0,
      run: { name: 'scripted' },
      rounds: [{ round: 1, accuracy: 0.5 }],
    });
    expect([...page.agents.keys()]).toEqual([0, 1, 2]);
  });

  it('bring what changes, each after the one before, and make the state that the server holds', async () => {
    const page = await PageClient.open(dashboard.url);
    const late: PageClient[] = [];
    events.publish(script.runStarted());
    for (let round = 1; round <= 4; round++) {
      events.publish(script.roundState(round, 'collect'));
      for (const client of [0, 1, 2]) events.publish(script.agent(client, 'training', round));
      events.publish(script.roundFinished(round));
      // A page that comes between an event and its frame must not miss it.
      if (round === 2) late.push(await PageClient.open(dashboard.url));
      await sleep(100);
    }
    const state = feedState((await (await fetch(`${dashboard.url}api/state`)).json()) as LiveState);
    for (const one of [page, ...late]) {
      await until(() => one.rounds.size === 4);
      one.frames.slice(1).forEach(({ header }, i) => {
        expect([0, one.frames[i]?.header.seq]).toContain(header.since);
      });
      expect({ run: one.run, rounds: [...one.rounds.values()], log: [...one.log.values()] }).toEqual(state);
    }
  });

  it('come only when something has changed, many events in one', async () => {
    const page = await PageClient.open(dashboard.url);
    await sleep(250);
    expect(page.frames).toHaveLength(1);
    events.publish(script.runStarted());
    for (let i = 0; i < 200; i++) events.publish(script.telemetry(1, i, i));
    await until(() => page.frames.length > 1);
    await sleep(200);
    expect(page.frames).toHaveLength(2);
    expect(page.agents.get(1)?.latency_ms).toBe(199);
  });

  it('are of a run that begins from then on, and of nothing of the one before', async () => {
    events.publish(script.runStarted());
    events.publish(script.roundFinished(1));
    const page = await PageClient.open(dashboard.url);
    const { epoch } = page.last;
    events.publish({ ...script.runStarted(2), runId: 'next' } as RunEvent);
    await until(() => page.run?.runId === 'next');
    expect(page.last).toMatchObject({ since: 0 });
    expect(page.last.epoch).not.toBe(epoch);
    expect([...page.rounds.keys()]).toEqual([]);
    expect([...page.agents.keys()]).toEqual([0, 1]);
  });

  it('go on after the last one that a page had before it lost its connection', async () => {
    events.publish(script.runStarted());
    const before = await PageClient.open(dashboard.url);
    const { epoch, seq } = before.last;
    before.socket.terminate();
    events.publish(script.roundFinished(1));
    const after = await PageClient.open(dashboard.url, { epoch, lastSeq: seq });
    expect(after.last).toMatchObject({ epoch, since: seq, rounds: [{ round: 1 }] });
    expect(after.last.run).toBeUndefined();
    // A place in another server's frames means nothing here.
    const foreign = await PageClient.open(dashboard.url, { epoch: 'other', lastSeq: seq });
    expect(foreign.last.since).toBe(0);
  });

  it('begin anew when a page subscribes to other topics', async () => {
    events.publish(script.runStarted());
    const page = await PageClient.open(dashboard.url, { topics: [] });
    expect(page.agents.size).toBe(0);
    page.say({ type: 'subscribe', topics: ['agents'] });
    await until(() => page.agents.size === 3);
    expect(page.last.since).toBe(0);
  });

  it('are merged for a page that does not draw, and lose it no round, while others go on', async () => {
    events.publish(script.runStarted());
    const slow = await PageClient.open(dashboard.url);
    const quick = await PageClient.open(dashboard.url);
    slow.doesAcknowledge = false;
    for (let round = 1; round <= 25; round++) {
      events.publish(script.roundFinished(round));
      await until(() => quick.rounds.has(round));
    }
    expect(slow.frames.length).toBeLessThan(12);
    const { slowPages } = (await (await fetch(`${dashboard.url}api/health`)).json()) as { slowPages: number };
    expect(slowPages).toBe(1);
    slow.doesAcknowledge = true;
    slow.say({ type: 'ack', frames: slow.frames.length });
    await until(() => slow.rounds.size === 25);
    const merged = slow.frames.map(({ header }) => header.seq - header.since);
    expect(Math.max(...merged.slice(1))).toBeGreaterThan(1);
    expect([...slow.log.values()]).toEqual([...quick.log.values()]);
  });

  it('stay live for 180 pages while 20 others do not read, of which the server keeps a few frames each', async () => {
    events.publish(script.runStarted());
    const all = await Promise.all(Array.from({ length: 200 }, () => PageClient.open(dashboard.url)));
    const [pages, stalled] = [all.slice(20), all.slice(0, 20)];
    for (const { socket } of stalled) socket.pause();
    for (let round = 1; round <= 12; round++) {
      events.publish(script.roundFinished(round));
      await until(() => pages.every((page) => page.rounds.size === round));
    }
    const { slowPages } = (await (await fetch(`${dashboard.url}api/health`)).json()) as { slowPages: number };
    expect(slowPages).toBe(20);
    for (const { socket } of stalled) socket.resume();
    await until(() => stalled.every((page) => page.rounds.size === 12));
    // Eight frames may be under way; the rounds after those came in one.
    for (const { frames } of stalled) expect(frames.length).toBeLessThan(13);
    for (const { socket } of all) socket.terminate();
  });

  const cases: readonly (readonly [string, (page: PageClient) => void, string])[] = [
    ['what is not JSON', ({ socket }) => socket.send('{"type":"nonsense"'), 'malformed'],
    ['what no page may say', ({ socket }) => socket.send('{"type":"run","sql":"drop"}'), 'malformed'],
    [
      'a topic that there is not',
      ({ socket }) => socket.send('{"type":"subscribe","topics":["x"]}'),
      'malformed',
    ],
    ['bytes', ({ socket }) => socket.send(Buffer.from([0, 255])), 'malformed'],
    ['more than 4 kB at once', ({ socket }) => socket.send('x'.repeat(5000)), 'oversized'],
    [
      'a thousand messages at once',
      (page) => {
        for (let i = 0; i < 1000; i++) page.say({ type: 'ack', frames: 0 });
      },
      'flooding',
    ],
  ];
  it.each(cases)(
    'do not stop for a page that sends %s: it is cut off alone, and counted',
    async (_, harm, cause) => {
      const quiet = await PageClient.open(dashboard.url);
      const loud = await PageClient.open(dashboard.url);
      harm(loud);
      await until(() => loud.closed !== undefined);
      expect([1006, 1008, 1009]).toContain(loud.closed?.code);
      events.publish(script.runStarted());
      await until(() => quiet.run !== undefined);
      const { refused, pages } = (await (await fetch(`${dashboard.url}api/health`)).json()) as {
        refused: Record<string, number>;
        pages: number;
      };
      expect(refused[cause]).toBeGreaterThanOrEqual(1);
      expect(pages).toBe(1);
    },
  );

  it('survive a page that breaks the websocket protocol', async () => {
    const quiet = await PageClient.open(dashboard.url);
    const raw = connect(dashboard.port, '127.0.0.1');
    raw.on('error', () => {});
    raw.write(
      'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    );
    await once(raw, 'data');
    // An unmasked frame with reserved bits: a client must not send either.
    raw.write(Buffer.from([0xff, 0x05, 1, 2, 3, 4, 5]));
    raw.resume();
    await once(raw, 'close');
    events.publish(script.runStarted());
    await until(() => quiet.run !== undefined);
  });
});

/** What frames tell of a state as the HTTP API gives it. */
function feedState({ run, rounds, log }: LiveState): Partial<LiveState> {
  return { run, rounds, log };
}

describe('the feed’s end', () => {
  it('tells every page the last news, then closes it, also one that does not read', async () => {
    const page = await PageClient.open(dashboard.url);
    const stuck = await PageClient.open(dashboard.url);
    stuck.socket.pause();
    events.publish(script.runStarted());
    events.publish(script.runFinished('finished'));
    await dashboard.close();
    await until(() => page.closed !== undefined);
    expect(page.closed?.code).toBe(1001);
    expect(page.run?.status).toBe('finished');
    await expect(fetch(dashboard.url)).rejects.toThrow();
    stuck.socket.terminate();
  });

  it('hears no more events once it is closed', async () => {
    await dashboard.close();
    expect(() => events.publish(script.runStarted())).not.toThrow();
  });
});
