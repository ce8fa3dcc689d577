import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type LiveState, startDashboard } from '#dashboard';
import { FleetError, RunEventStream } from '#protocol';
import { openStore, type QueryResult, Recorder, type RunSection, type Store } from '#store';
import { PageClient, until } from './page-client.js';
import { script } from './run-script.js';

const folder = mkdtempSync(join(tmpdir(), 'mlaas-dashboard-'));
const pageFolder = fileURLToPath(new URL('../../../dist/dashboard/web', import.meta.url));
let store: Store;
let events: RunEventStream;
let dashboard: Awaited<ReturnType<typeof startDashboard>>;

beforeAll(async () => {
  store = await openStore({ storeDir: folder });
  const stored = new RunEventStream();
  const recorder = new Recorder(store, stored, (error) => {
    throw error;
  });
  stored.publish(script.runStarted());
  await recorder.close();
});

afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  events = new RunEventStream();
  dashboard = await startDashboard({ host: '127.0.0.1', port: 0, events, store });
});

afterEach(() => dashboard.close());

/** The HTTP status that a websocket is refused with. */
async function refusal(headers: Record<string, string>, path = '/ws'): Promise<number | undefined> {
  const socket = new WebSocket(`ws://127.0.0.1:${dashboard.port}${path}`, { headers });
  const [, response] = await once(socket, 'unexpected-response');
  socket.on('error', () => {});
  socket.terminate();
  return response.statusCode;
}

/** A GET with headers that `fetch` does not let a caller set. */
async function statusOf(path: string, headers: Record<string, string>): Promise<number | undefined> {
  const sent = request({ host: '127.0.0.1', port: dashboard.port, path, headers });
  sent.end();
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${dashboard.url}api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
const ask = (body: unknown): Promise<Response> => post(JSON.stringify(body));

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

  it('stay live for 180 pages while 20 others do not read at all', async () => {
    const pages = await Promise.all(Array.from({ length: 180 }, () => PageClient.open(dashboard.url)));
    const stalled = await Promise.all(Array.from({ length: 20 }, () => PageClient.open(dashboard.url)));
    for (const { socket } of stalled) socket.pause();
    events.publish(script.runStarted());
    const text = 'x'.repeat(4000);
    const heapBefore = process.memoryUsage().external;
    for (let round = 1; round <= 12; round++) {
      for (let i = 0; i < 100; i++) events.publish(script.log(text));
      events.publish(script.roundFinished(round));
      await until(() => pages.every((page) => page.rounds.size === round));
    }
    // A stalled page costs at most the frames in flight, some 8 × 0.5 MB, not all that was said.
    const sent = stalled.reduce((sum, { socket }) => sum + socket.bufferedAmount, 0);
    expect(sent).toBe(0);
    expect(process.memoryUsage().external - heapBefore).toBeLessThan(200e6);
    for (const { socket } of stalled) socket.resume();
    await until(() => stalled.every((page) => page.rounds.size === 12));
    for (const { socket } of [...pages, ...stalled]) socket.terminate();
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

describe('who may ask', () => {
  const own = (): string => `127.0.0.1:${dashboard.port}`;

  it('a page from here may open the websocket, another page may not', async () => {
    const page = new PageClient(dashboard.url, { origin: `http://${own()}` });
    await until(() => page.socket.readyState === WebSocket.OPEN);
    expect(await refusal({ origin: 'http://evil.example' })).toBe(403);
    expect(await refusal({ origin: 'null' })).toBe(403);
    expect(await refusal({ origin: `http://127.0.0.1:${dashboard.port + 1}` })).toBe(403);
  });

  it('a foreign name for this machine is refused', async () => {
    expect(await refusal({ host: `evil.example:${dashboard.port}` })).toBe(403);
    expect(await statusOf('/api/health', { host: 'evil.example' })).toBe(403);
    expect(await statusOf('/', { host: '127.0.0.1.evil.example' })).toBe(403);
    expect(await statusOf('/api/health', { host: `localhost:${dashboard.port}` })).toBe(200);
    expect(await statusOf('/api/health', { host: `[::1]:${dashboard.port}` })).toBe(200);
  });

  it('another page cannot query', async () => {
    const body = JSON.stringify({ sql: 'select 1' });
    const response = await post(body, { origin: 'http://evil.example' });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'FORBIDDEN' });
    expect((await post(body, { origin: `http://${own()}` })).status).toBe(200);
  });

  it('there is a websocket at /ws only', async () => {
    expect(await refusal({}, '/other')).toBe(404);
  });

  it('a client that resets the connection it is refused on does no harm', async () => {
    for (let i = 0; i < 50; i++) {
      const raw = connect(dashboard.port, '127.0.0.1');
      raw.on('error', () => {});
      const head =
        'GET /ws HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
      raw.write(head, () => raw.resetAndDestroy());
      await once(raw, 'close');
    }
    // An error without a listener would have failed this file by now.
    expect(await statusOf('/api/health', {})).toBe(200);
  });

  it('who asks too much is told to wait, and it is counted', async () => {
    const raw = connect(dashboard.port, '127.0.0.1');
    let answers = '';
    raw.on('data', (data) => {
      answers = (answers + String(data)).slice(-10_000);
    });
    const one = `GET /api/health HTTP/1.1\r\nHost: ${own()}\r\n\r\n`;
    raw.write(one.repeat(6000));
    await until(() => answers.includes('HTTP/1.1 429'));
    raw.destroy();
    while ((await statusOf('/api/health', {})) !== 200) await sleep(20);
    const { refused } = (await (await fetch(`${dashboard.url}api/health`)).json()) as {
      refused: Record<string, number>;
    };
    expect(refused.flooding).toBeGreaterThan(0);
  });
});

describe('a server that other machines can reach', () => {
  let open: Awaited<ReturnType<typeof startDashboard>>;
  beforeEach(async () => {
    open = await startDashboard({ host: '0.0.0.0', port: 0, events, store, token: 'secret' });
  });
  afterEach(() => open.close());

  const get = async (path: string, headers: Record<string, string> = {}) => {
    const sent = request({ host: '127.0.0.1', port: open.port, path, headers });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response;
  };
  const status = async (path: string, headers?: Record<string, string>) =>
    (await get(path, headers)).statusCode;

  it('wants its token, of the API, of the page and of the websocket', async () => {
    expect(open.url).toBe(`http://127.0.0.1:${open.port}/?token=secret`);
    for (const path of ['/', '/api/health', '/api/runs']) expect(await status(path)).toBe(401);
    expect(await status('/api/health', { authorization: 'Bearer secret' })).toBe(200);
    expect(await status('/api/health', { authorization: 'Bearer secreT' })).toBe(401);
    expect(await status('/api/health', { cookie: 'a=b; mlaas_token=secret' })).toBe(200);
    const socket = new WebSocket(`ws://127.0.0.1:${open.port}/ws`);
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(401);
    socket.on('error', () => {}).terminate();
  });

  it('exchanges the token in the address for a cookie that no script can read', async () => {
    const { statusCode, headers } = await get('/?token=secret');
    expect([statusCode, headers.location]).toEqual([303, '/']);
    expect(headers['set-cookie']?.[0]).toMatch(/^mlaas_token=secret; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(await status('/?token=wrong')).toBe(401);
  });

  it('may have any name, but the origin must be that name', async () => {
    const authorization = 'Bearer secret';
    expect(await status('/api/health', { host: 'fleet.example', authorization })).toBe(200);
    const own = { host: 'fleet.example', origin: 'http://fleet.example', authorization };
    expect(await status('/api/health', own)).toBe(200);
    expect(await status('/api/health', { ...own, origin: 'http://evil.example' })).toBe(403);
  });

  it('makes up a token where none is given', async () => {
    const other = await startDashboard({ host: '0.0.0.0', port: 0, events, store });
    expect(new URL(other.url).searchParams.get('token')).toMatch(/^[\w-]{32}$/);
    await other.close();
  });
});

describe('the HTTP API', () => {
  it('answers a query with columns and rows', async () => {
    const response = await ask({ sql: 'select name, clients from runs' });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      columns: [{ name: 'name' }, { name: 'clients' }],
      rows: [['scripted', 3]],
      truncated: false,
    });
  });

  it('passes parameters and the limit of rows on', async () => {
    const sql = 'select client_id from clients where client_id >= $1 order by 1';
    const response = await ask({ sql, params: [1], maxRows: 1 });
    expect(await response.json()).toMatchObject({ rows: [[1]], truncated: true });
  });

  it.each([
    ['SQL that is wrong', { sql: 'select nothing from nowhere' }],
    ['a write', { sql: 'delete from runs' }],
  ])('answers %s with the error, its code and what to do', async (_, body) => {
    const response = await ask(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      code: 'QUERY_FAILED',
      message: expect.stringContaining('query failed'),
      todo: new FleetError('QUERY_FAILED', '').todo,
    });
    const runs = await ask({ sql: 'select count(*)::int from runs' });
    expect(await runs.json()).toMatchObject({ rows: [[1]] });
  });

  it.each([
    ['no SQL', {}],
    ['SQL that is not text', { sql: 7 }],
    ['a limit out of range', { sql: 'select 1', maxRows: 0 }],
    ['a setting that does not exist', { sql: 'select 1', write: true }],
    ['no object', 'select 1'],
  ])('refuses %s', async (_, body) => {
    const response = await ask(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('refuses what is not JSON and what is too large', async () => {
    expect((await post('{"sql":')).status).toBe(400);
    expect((await post('select 1', { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await post(JSON.stringify({ sql: 'x'.repeat(2 * 1024 * 1024) }))).status).toBe(413);
  });

  it('says that the store has failed with a status of its own', async () => {
    const broken = await startDashboard({
      host: '127.0.0.1',
      port: 0,
      events,
      store: {
        query: async () => {
          throw new FleetError('STORE_UNREACHABLE', 'gone');
        },
      },
    });
    const response = await fetch(`${broken.url}api/runs`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'STORE_UNREACHABLE', todo: expect.any(String) });
    await broken.close();
  });

  it('lists the runs and shows one by its id or its name', async () => {
    const runs = (await (await fetch(`${dashboard.url}api/runs`)).json()) as QueryResult;
    expect(runs.rows.map(([, name]) => name)).toEqual(['scripted']);
    const shown = (await (await fetch(`${dashboard.url}api/runs/scripted`)).json()) as RunSection[];
    expect(shown.map((section) => section.title)).toContain('Clients');
    const unknown = await fetch(`${dashboard.url}api/runs/nothing`);
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ code: 'RUN_UNKNOWN' });
  });
});

describe.skipIf(!existsSync(pageFolder))('the page (skipped without a build of it)', () => {
  it('is asked for anew each time, its assets never', async () => {
    const page = await fetch(dashboard.url);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const [asset] = readdirSync(join(pageFolder, 'assets'));
    const file = await fetch(`${dashboard.url}assets/${asset}`);
    expect(file.headers.get('cache-control')).toContain('immutable');
    // fetch asks for gzip and brotli.
    expect(file.headers.get('content-encoding')).toMatch(/^(br|gzip)$/);
  });

  it('may load nothing from elsewhere and runs no script but its own', async () => {
    const policy = (await fetch(dashboard.url)).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-|https?:|\*/);
  });

  it.each(['/../server/index.js', '/..%2fserver%2findex.js', '/%2e%2e/server/index.js'])(
    'gives no file outside of it: %s',
    async (path) => {
      expect(await statusOf(path, {})).toBeGreaterThanOrEqual(400);
    },
  );
});

describe('the server’s start and end', () => {
  it('names the port that is taken', async () => {
    const second = startDashboard({ host: '127.0.0.1', port: dashboard.port, events, store });
    await expect(second).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(`127.0.0.1:${dashboard.port}`),
    });
  });

  it('names an address that is not this machine’s', async () => {
    const foreign = startDashboard({ host: '192.0.2.1', port: 0, events, store });
    await expect(foreign).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

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
