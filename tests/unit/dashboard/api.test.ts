import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDashboard } from '#dashboard';
import { FleetError, RunEventStream } from '#protocol';
import { openStore, type QueryResult, Recorder, type RunSection, type Store } from '#store';
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
    expect(await response.json()).toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('refuses what is not JSON and what is too large', async () => {
    expect((await post('{"sql":')).status).toBe(400);
    expect((await post('select 1', { 'content-type': 'text/plain' })).status).toBe(400);
    expect((await post(JSON.stringify({ sql: 'x'.repeat(2 * 1024 * 1024) }))).status).toBe(413);
  });

  it.each(['api/runs', 'api/runs/r', 'api/runs/r/clients', 'api/runs/r/queries/services', 'api/query'])(
    'lets go of what a client asked for that hangs up: %s',
    async (path) => {
      let asked = (_signal: AbortSignal | undefined): void => {};
      const signalOf = new Promise<AbortSignal | undefined>((resolve) => (asked = resolve));
      const query: Store['query'] = (_, options) => {
        asked(options?.signal);
        return new Promise(() => {});
      };
      const waiting = await startDashboard({ host: '127.0.0.1', port: 0, events, store: { query } });
      const leaver = new AbortController();
      const init = path === 'api/query' ? { method: 'POST', body: '{"sql":"select 1"}' } : {};
      const headers = { 'content-type': 'application/json' };
      const answer = fetch(waiting.url + path, { ...init, headers, signal: leaver.signal });
      const signal = await signalOf;
      expect(signal?.aborted).toBe(false);
      leaver.abort();
      await expect(answer).rejects.toThrow();
      await expect.poll(() => signal?.aborted).toBe(true);
      await waiting.close();
    },
  );

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
