import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startDashboard } from '#dashboard';
import { RunEventStream } from '#protocol';
import { noStore } from './no-store.js';
import { PageClient, until } from './page-client.js';

let events: RunEventStream;
let dashboard: Awaited<ReturnType<typeof startDashboard>>;

beforeEach(async () => {
  events = new RunEventStream();
  dashboard = await startDashboard({ host: '127.0.0.1', port: 0, events, store: noStore });
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

const post = (body: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${dashboard.url}api/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });

/** A GET with headers that `fetch` does not let a caller set. */
async function statusOf(path: string, headers: Record<string, string>): Promise<number | undefined> {
  const sent = request({ host: '127.0.0.1', port: dashboard.port, path, headers });
  sent.end();
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
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
    expect((await post(body, { origin: `http://${own()}` })).status).toBe(503);
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
    // More than any machine, however slow, answers at the rate that is let through.
    raw.write(one.repeat(30_000));
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
    open = await startDashboard({ host: '0.0.0.0', port: 0, events, store: noStore, token: 'secret' });
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
    expect(await status('/api/health', { cookie: `a=b; mlaas_token_${open.port}=secret` })).toBe(200);
    const socket = new WebSocket(`ws://127.0.0.1:${open.port}/ws`);
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(401);
    socket.on('error', () => {}).terminate();
  });

  it('exchanges the token in the address for a cookie that no script can read', async () => {
    const { statusCode, headers } = await get('/?token=secret');
    expect([statusCode, headers.location]).toEqual([303, '/']);
    expect(headers['set-cookie']?.[0]).toBe(
      `mlaas_token_${open.port}=secret; Path=/; HttpOnly; SameSite=Strict`,
    );
    expect(await status('/?token=wrong')).toBe(401);
  });

  it('lets another server on the host have a token of its own in the browser', async () => {
    const cookie = `mlaas_token_${open.port}=secret; mlaas_token_1=other`;
    expect(await status('/api/health', { cookie })).toBe(200);
    expect(await status('/api/health', { cookie: 'mlaas_token_1=secret' })).toBe(401);
    // Behind a forwarded port, which is what the browser knows.
    const forwarded = { host: '127.0.0.1:1', cookie: 'mlaas_token_1=secret' };
    expect(await status('/api/health', forwarded)).toBe(200);
    const { headers } = await get('/?token=secret', { host: 'fleet.example' });
    expect(headers['set-cookie']?.[0]).toMatch(/^mlaas_token_default=secret;/);
  });

  it('may have any name, but the origin must be that name', async () => {
    const authorization = 'Bearer secret';
    expect(await status('/api/health', { host: 'fleet.example', authorization })).toBe(200);
    const own = { host: 'fleet.example', origin: 'http://fleet.example', authorization };
    expect(await status('/api/health', own)).toBe(200);
    expect(await status('/api/health', { ...own, origin: 'http://evil.example' })).toBe(403);
  });

  it('makes up a token where none is given', async () => {
    const other = await startDashboard({ host: '0.0.0.0', port: 0, events, store: noStore });
    expect(new URL(other.url).searchParams.get('token')).toMatch(/^[\w-]{32}$/);
    await other.close();
  });
});

describe('the server’s start and end', () => {
  it('names the port that is taken', async () => {
    const second = startDashboard({ host: '127.0.0.1', port: dashboard.port, events, store: noStore });
    await expect(second).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(`127.0.0.1:${dashboard.port}`),
    });
  });

  it('names an address that is not this machine’s', async () => {
    const foreign = startDashboard({ host: '192.0.2.1', port: 0, events, store: noStore });
    await expect(foreign).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
