import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Dashboard, startDashboard } from '#dashboard';
import { FleetError, parseRunConfig, type RunConfig, RunEventStream } from '#protocol';
import { noStore } from './no-store.js';

const like = parseRunConfig({
  ...{ name: 'last', clients: 7, strategy: 'dirichlet', distributionParam: 0.3, output: 'last.csv' },
  dataDir: '/somewhere',
});
let asked: RunConfig[];
let answer: () => Promise<string | undefined>;
let dashboard: Dashboard;

beforeEach(async () => {
  asked = [];
  answer = async () => 'run-2';
  dashboard = await startDashboard({
    ...{ host: '127.0.0.1', port: 0, events: new RunEventStream(), store: noStore },
    starter: {
      like: () => like,
      start: (config) => {
        asked.push(config);
        return answer();
      },
    },
  });
});

afterEach(() => dashboard.close());

async function post(body: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${dashboard.url}api/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

describe('runs started from the page', () => {
  it('have a form with the fields of the experiment, filled in as the last run was', async () => {
    const form = (await (await fetch(`${dashboard.url}api/run-form`)).json()) as {
      fields: { key: string; scope: string }[];
      values: Record<string, unknown>;
      settingReaders: unknown[];
    };
    expect(form.values).toEqual({ clients: 7, strategy: 'dirichlet', distributionParam: 0.3 });
    const deployment = form.fields.filter(({ scope }) => scope !== 'experiment');
    expect(deployment.map(({ key }) => key)).toEqual(['name']);
    expect(form.fields.find(({ key }) => key === 'rounds')).toMatchObject({
      jsonSchema: { type: 'integer', minimum: 1 },
    });
    expect(form.settingReaders).toContainEqual(['momentum', 'optimizer', ['sgd']]);
  });

  it('are what is asked for, and run where the last one did', async () => {
    expect(await post({ clients: '5', seed: 9, name: 'next' })).toEqual({
      status: 200,
      body: { run_id: 'run-2' },
    });
    expect(asked).toEqual([parseRunConfig({ dataDir: '/somewhere', clients: 5, seed: 9, name: 'next' })]);
  });

  it.each([
    ['a value out of range', { clients: 0 }, '--clients 0'],
    ['a setting of the server', { storeDir: '/etc' }, 'storeDir'],
    ['a file to write', { output: '/etc/passwd' }, 'output'],
    ['a setting that does not exist', { nothing: 1 }, 'nothing'],
  ])('are refused with %s', async (_, body, named) => {
    expect(await post(body)).toMatchObject({
      status: 400,
      body: { code: 'CONFIG_INVALID', message: expect.stringContaining(named) },
    });
    expect(asked).toEqual([]);
  });

  it('are refused where there are no settings', async () => {
    expect(await post([1])).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
    expect(asked).toEqual([]);
  });

  it('are refused where a port is taken, which is no defect', async () => {
    answer = async () => {
      throw new FleetError('PORT_IN_USE', '127.0.0.1:1883 (broker)');
    };
    expect(await post({})).toMatchObject({ status: 409, body: { code: 'PORT_IN_USE' } });
  });

  it('wait for the one that goes on', async () => {
    answer = async () => undefined;
    const { message, todo } = new FleetError('CONFLICT', 'a run goes on');
    expect(await post({})).toEqual({ status: 409, body: { code: 'CONFLICT', message, todo } });
  });

  it.each(['DATASET_UNAVAILABLE', 'DATASET_INVALID', 'PARTITION_IMPOSSIBLE'] as const)(
    'say why they cannot begin, as a mistake of who asks: %s',
    async (code) => {
      const refusal = new FleetError(code, 'what was asked for');
      answer = async () => {
        throw refusal;
      };
      const { message, todo } = refusal;
      expect(await post({})).toEqual({ status: 400, body: { code, message, todo } });
    },
  );
});

it('a server without a starter has no form', async () => {
  const events = new RunEventStream();
  const other = await startDashboard({ host: '127.0.0.1', port: 0, events, store: noStore });
  expect((await fetch(`${other.url}api/run-form`)).status).toBe(404);
  await other.close();
});
