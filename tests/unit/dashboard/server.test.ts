import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Frame, type LiveState, startDashboard } from '#dashboard';
import { FleetError, RunEventStream } from '#protocol';
import { openStore, type QueryResult, Recorder, type RunSection, type Store } from '#store';
import { applyPatch } from './apply-patch.js';
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

/** Waits until the condition holds; the test's own limit ends a wait in vain. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

/** A page: its socket, the frames that came, and the state that they make. */
class Page {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  state: LiveState | undefined;

  constructor(headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${dashboard.port}/ws`, { headers });
    this.socket.on('message', (data) => {
      const frame: Frame = JSON.parse(String(data));
      this.frames.push(frame);
      if (frame.type === 'snapshot') this.state = frame.state;
      else if (this.state !== undefined) this.state = applyPatch(this.state, frame.patch);
    });
  }

  static async open(): Promise<Page> {
    const page = new Page();
    await until(() => page.frames.length > 0);
    return page;
  }

  /** Sequence numbers of all frames: 0, 1, 2 … when none was lost. */
  get seqs(): number[] {
    return this.frames.map((frame) => frame.seq);
  }
}

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
  it('begin with a snapshot of what went on before the page came', async () => {
    events.publish(script.runStarted());
    events.publish(script.roundFinished(1));
    const { frames } = await Page.open();
    expect(frames[0]).toMatchObject({
      type: 'snapshot',
      seq: 0,
      state: { run: { name: 'scripted' }, rounds: [{ round: 1, accuracy: 0.5 }] },
    });
  });

  it('bring what changes, numbered without a gap, and make the state that the server holds', async () => {
    const page = await Page.open();
    const late: Page[] = [];
    events.publish(script.runStarted());
    for (let round = 1; round <= 4; round++) {
      events.publish(script.roundState(round, 'collect'));
      for (const client of [0, 1, 2]) events.publish(script.agent(client, 'training', round));
      events.publish(script.roundFinished(round));
      // A page that comes between an event and its frame must see the event once.
      if (round === 2) late.push(await Page.open());
      await sleep(120);
    }
    for (const one of [page, ...late]) {
      await until(() => one.state?.rounds.length === 4);
      expect(one.seqs).toEqual(one.frames.map((_, index) => index));
      expect(one.state).toEqual(await (await fetch(`${dashboard.url}api/state`)).json());
    }
  });

  it('come only when something has changed, many events in one', async () => {
    const page = await Page.open();
    await sleep(350);
    expect(page.frames).toHaveLength(1);
    events.publish(script.runStarted());
    for (let i = 0; i < 200; i++) events.publish(script.telemetry(1, i));
    await until(() => page.frames.length > 1);
    await sleep(250);
    expect(page.frames).toHaveLength(2);
    expect(page.state?.agents[1]?.latencyMs).toBe(199);
  });

  it('are merged for a page that does not read, and lose it no round, while others go on', async () => {
    const slow = await Page.open();
    const quick = await Page.open();
    slow.socket.pause();
    events.publish(script.runStarted());
    // Far more than the buffers of both sockets hold, which differ from machine to machine.
    const text = 'x'.repeat(8000);
    let published = 0;
    for (let round = 1; round <= 25; round++) {
      for (let i = 0; i < 400; i++) events.publish(script.log(text));
      published += 400 * text.length;
      events.publish(script.roundFinished(round));
      await until(() => quick.state?.rounds.length === round);
    }
    let received = 0;
    slow.socket.on('message', (data: Buffer) => {
      received += data.length;
    });
    slow.socket.resume();
    // News that comes while the page catches up must come after what it has missed, and not get lost.
    for (let i = 0; slow.state?.rounds.length !== 25; i++) {
      events.publish(script.telemetry(0, i));
      events.publish(script.log(`while it catches up: ${i}`));
      await sleep(10);
    }
    events.publish(script.runFinished('finished'));
    await until(() => [slow, quick].every((one) => one.state?.run?.status === 'finished'));
    expect(slow.seqs).toEqual(slow.frames.map((_, index) => index));
    expect(Math.max(...slow.frames.map((f) => (f.type === 'patch' ? f.merged : 0)))).toBeGreaterThan(1);
    expect(quick.frames.every((f) => f.type === 'snapshot' || f.merged === 1)).toBe(true);
    expect(received).toBeLessThan(published);
    expect(slow.state).toEqual(quick.state);
  });

  it('do not stop for a page that talks, and a page that sends too much is cut off alone', async () => {
    const loud = await Page.open();
    const quiet = await Page.open();
    for (let i = 0; i < 100; i++) loud.socket.send('{"type":"nonsense"');
    loud.socket.send(Buffer.from([0, 255]));
    events.publish(script.runStarted());
    await until(() => loud.state?.run !== undefined && quiet.state?.run !== undefined);
    loud.socket.send('x'.repeat(2000));
    const [code] = await once(loud.socket, 'close');
    // 1009: message too big (RFC 6455, 7.4.1).
    expect([1006, 1009]).toContain(code);
    events.publish(script.roundFinished(1));
    await until(() => quiet.state?.rounds.length === 1);
  });

  it('survive a page that breaks the websocket protocol', async () => {
    const quiet = await Page.open();
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
    await until(() => quiet.state?.run !== undefined);
  });
});

describe('who may ask', () => {
  const own = (): string => `127.0.0.1:${dashboard.port}`;

  it('a page from here may open the websocket, another page may not', async () => {
    const page = new Page({ origin: `http://${own()}` });
    await until(() => page.frames.length > 0);
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

  it('any name will do where the server is open to other machines, but the origin must be that name', async () => {
    const open = await startDashboard({ host: '0.0.0.0', port: 0, events, store });
    const health = async (headers: Record<string, string>): Promise<number | undefined> => {
      const sent = request({ host: '127.0.0.1', port: open.port, path: '/api/health', headers });
      sent.end();
      const [response] = await once(sent, 'response');
      response.resume();
      return response.statusCode;
    };
    expect(open.url).toBe(`http://127.0.0.1:${open.port}/`);
    expect(await health({ host: 'fleet.example' })).toBe(200);
    expect(await health({ host: 'fleet.example', origin: 'http://fleet.example' })).toBe(200);
    expect(await health({ host: 'fleet.example', origin: 'http://evil.example' })).toBe(403);
    await open.close();
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
    const page = await Page.open();
    const stuck = await Page.open();
    stuck.socket.pause();
    events.publish(script.runStarted());
    events.publish(script.runFinished('finished'));
    const closed = once(page.socket, 'close');
    await dashboard.close();
    expect((await closed)[0]).toBe(1001);
    expect(page.state?.run?.status).toBe('finished');
    await expect(fetch(dashboard.url)).rejects.toThrow();
    stuck.socket.terminate();
  });

  it('hears no more events once it is closed', async () => {
    await dashboard.close();
    expect(() => events.publish(script.runStarted())).not.toThrow();
  });
});
