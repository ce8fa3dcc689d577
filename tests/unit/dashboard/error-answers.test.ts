import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dashboard, startDashboard } from '#dashboard';
import { type ErrorCode, errorRegistry, RunEventStream } from '#protocol';

const nobody = (): boolean => false;
let dashboard: Dashboard;
let open: Dashboard;
let idle: Dashboard;

beforeAll(async () => {
  const events = new RunEventStream();
  const store = { query: () => Promise.reject(new TypeError('a defect of ours')) };
  const actions = { pause() {}, resume() {}, stop() {}, kill: nobody, slow: nobody };
  dashboard = await startDashboard({ host: '127.0.0.1', port: 0, events, store, actions: () => actions });
  idle = await startDashboard({ host: '127.0.0.1', port: 0, events, store, actions: () => undefined });
  open = await startDashboard({ host: '0.0.0.0', port: 0, events, store, token: 'secret' });
});

afterAll(async () => {
  await dashboard.close();
  await open.close();
  await idle.close();
});

const json = { 'content-type': 'application/json' };
const sent = (body: string, headers: Record<string, string> = json): RequestInit => ({
  method: 'POST',
  headers,
  body,
});

const failures: readonly (readonly [string, string, RequestInit, number, ErrorCode])[] = [
  ['an address that there is not', 'api/nope?token=x', {}, 404, 'NOT_FOUND'],
  ['a method that there is not', 'api/queries', { method: 'DELETE' }, 404, 'NOT_FOUND'],
  ['a file that there is not', 'nope.js', {}, 404, 'NOT_FOUND'],
  ['a form where no run can be started', 'api/run-form', {}, 404, 'NOT_FOUND'],
  ['half a body', 'api/query', sent('{"sql":'), 400, 'REQUEST_INVALID'],
  ['no body', 'api/query', sent(''), 400, 'REQUEST_INVALID'],
  ['a body of another kind', 'api/query', sent('<a/>', { 'content-type': 'a/xml' }), 415, 'REQUEST_INVALID'],
  ['a body too large', 'api/query', sent(JSON.stringify('x'.repeat(2 ** 21))), 413, 'REQUEST_INVALID'],
  ['an address that cannot be read', 'api/%zz', {}, 400, 'REQUEST_INVALID'],
  ['a name that is too long', `api/runs/${'x'.repeat(3000)}`, {}, 404, 'NOT_FOUND'],
  ['a value out of range', 'api/query', sent('{"sql":"select 1","maxRows":0}'), 400, 'REQUEST_INVALID'],
  ['an action that there is not', 'api/actions', sent('{"action":"fly"}'), 400, 'REQUEST_INVALID'],
  ['a query that there is not', 'api/runs/r/queries/nope', {}, 404, 'NOT_FOUND'],
  ['a metric that there is not', 'api/runs/r/timeseries?metric=nope', {}, 400, 'REQUEST_INVALID'],
  ['a foreign page', 'api/query', sent('{}', { ...json, origin: 'http://evil.example' }), 403, 'FORBIDDEN'],
  ['an agent that is away', 'api/actions', sent('{"action":"kill","client":3}'), 409, 'CONFLICT'],
  ['a defect', 'api/runs', {}, 500, 'INTERNAL'],
];

describe('an error over HTTP', () => {
  it.each(failures)('is one of the registry, with what to do: %s', async (_, path, init, status, code) => {
    const response = await fetch(dashboard.url + path, init);
    expect(response.status).toBe(status);
    const { todo } = errorRegistry[code];
    expect(await response.json()).toEqual({ code, message: expect.stringMatching(/./), todo });
  });

  it.each(['pause', 'resume', 'stop'])('says that there is no run to %s', async (action) => {
    const response = await fetch(`${idle.url}api/actions`, sent(JSON.stringify({ action })));
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'CONFLICT', message: 'no run goes on' });
  });

  it('names what was asked for, but no token', async () => {
    const response = await fetch(`${dashboard.url}api/nope?token=secret`);
    expect(await response.json()).toMatchObject({ message: 'not found: GET /api/nope' });
  });

  it('tells who comes without the token where it is', async () => {
    const response = await fetch(new URL('/api/runs', open.url));
    expect(response.status).toBe(401);
    const { todo } = errorRegistry.UNAUTHORIZED;
    expect(await response.json()).toEqual({
      code: 'UNAUTHORIZED',
      message: expect.stringMatching(/token/),
      todo,
    });
  });
});
