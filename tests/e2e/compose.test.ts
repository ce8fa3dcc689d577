import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { PostgresServer, postgresBin } from '../contract/postgres-server.js';
import { freshFolder, Mlaas, mlaas } from './mlaas.js';
import { freePort, hasMosquitto, startMosquitto } from './mosquitto.js';
import { NetworkNamespace } from './network-namespace.js';

const entryPoint = fileURLToPath(new URL('../../dist/bin/mlaas.js', import.meta.url));
const text = readFileSync(new URL('../../compose.yaml', import.meta.url), 'utf8');
const service = z.object({
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});
const composeSchema = z.object({
  services: z.object({
    timescaledb: service,
    mosquitto: service,
    aggregator: service,
    'edge-agents': service,
  }),
  configs: z.object({ mosquitto: z.object({ content: z.string() }) }),
});

/** The file as Compose reads it, with the variables and with the containers' names as addresses of here. */
function readCompose(variables: Record<string, string>, addresses: Record<string, string>) {
  const filled = text.replaceAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}/g, (_, name, other) => {
    const value = variables[name] ?? other;
    if (value === undefined) throw new Error(`${name} is not set`);
    return value;
  });
  const placed = Object.entries(addresses).reduce((sum, [from, to]) => sum.replaceAll(from, to), filled);
  return composeSchema.parse(parse(placed));
}

const missing = postgresBin === undefined || !hasMosquitto;
if (missing) console.warn('skipped: the commands of compose.yaml: PostgreSQL or mosquitto is not installed');

describe.skipIf(missing)('the commands of compose.yaml, started by hand', () => {
  const namespace = missing ? undefined : NetworkNamespace.create();
  if (!missing && namespace === undefined)
    console.warn('compose.yaml: no network namespace can be made here, the agents run in this one');
  const clients = 3;
  const variables = {
    CLIENTS: String(clients),
    POSTGRES_PASSWORD: 'password of the test',
    MLAAS_DASHBOARD_TOKEN: 'token-of-the-test',
  };
  const agents: ChildProcess[] = [];
  let server: PostgresServer;
  let mosquitto: ChildProcess;
  let compose: ReturnType<typeof readCompose>;
  let pagePort = 0;

  beforeAll(async () => {
    server = await PostgresServer.start();
    pagePort = await freePort();
    const host = namespace?.host ?? '127.0.0.1';
    const brokerPort = await freePort();
    compose = readCompose(variables, {
      'timescaledb:5432': `127.0.0.1:${server.port}`,
      'mosquitto:1883': `${host}:${brokerPort}`,
      'listener 1883': `listener ${brokerPort}`,
      '127.0.0.1:8080/': `127.0.0.1:${pagePort}/`,
      '--port=8080': `--port=${pagePort}`,
    });
    await prepareDatabase(server, compose.services.timescaledb.environment);
    mosquitto = (await startMosquitto({ port: brokerPort, config: compose.configs.mosquitto.content }))
      .process;
  });

  afterAll(async () => {
    for (const agent of agents) agent.kill('SIGKILL');
    mosquitto?.kill('SIGKILL');
    await server?.remove();
    namespace?.remove();
  });

  it('make a run with agents that are told the broker only, shown on a page that asks for its token', async () => {
    const { timescaledb, aggregator, 'edge-agents': edge } = compose.services;
    const [, ready = '', ...readyArgs] = timescaledb.healthcheck!.test;
    execFileSync(join(postgresBin!, ready), readyArgs, { env: { PGPORT: String(server.port) } });

    const rounds = ['--rounds=2', '--sample-size=600'];
    const up = new Mlaas([...aggregator.command, ...rounds], { env: aggregator.environment });
    await up.sees(/page http/);
    const [, node = '', ...health] = aggregator.healthcheck!.test;
    expect(node).toBe('node');
    execFileSync(process.execPath, health, { env: aggregator.environment });
    expect(() =>
      execFileSync(process.execPath, health, { env: { MLAAS_DASHBOARD_TOKEN: 'another' }, stdio: 'ignore' }),
    ).toThrow();

    const [program = '', ...args] = [
      ...(namespace?.prefix ?? []),
      process.execPath,
      entryPoint,
      ...edge.command,
    ];
    for (let i = 0; i < clients; i++)
      agents.push(spawn(program, args, { cwd: freshFolder(), stdio: 'ignore' }));
    await up.sees(/The page stays up/);
    await Promise.all(agents.map(async (agent) => agent.exitCode ?? (await once(agent, 'exit'))));
    expect(agents.map(({ exitCode }) => exitCode)).toEqual(agents.map(() => 0));

    const runs = `http://127.0.0.1:${pagePort}/api/runs`;
    expect((await fetch(runs)).status).toBe(401);
    const authorization = `Bearer ${variables.MLAAS_DASHBOARD_TOKEN}`;
    expect(await (await fetch(runs, { headers: { authorization } })).text()).toContain('finished');
    up.child.kill('SIGINT');
    expect((await up.exit()).code, up.stderr).toBe(0);

    const db = aggregator.command.find((word) => word.startsWith('--db='))!;
    const sql = 'SELECT count(*), count(*) FILTER (WHERE participated_flag) FROM client_rounds';
    const stored = await mlaas(['query', db, sql, '--format', 'csv'], { env: aggregator.environment });
    expect(stored.code, stored.stderr).toBe(0);
    expect(stored.stdout.split('\n')[1]).toBe(`${2 * clients},${2 * clients}`);
  });
});

/** What the image's entry point does with its variables: the database, the password, and no way in without it. */
async function prepareDatabase(server: PostgresServer, environment: Record<string, string>): Promise<void> {
  const { POSTGRES_USER = '', POSTGRES_DB = '', POSTGRES_PASSWORD = '' } = environment;
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(POSTGRES_DB)}`);
    const password = admin.escapeLiteral(POSTGRES_PASSWORD);
    await admin.query(`ALTER ROLE ${admin.escapeIdentifier(POSTGRES_USER)} PASSWORD ${password}`);
    writeFileSync(join(server.folder, 'data/pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
    await admin.query('SELECT pg_reload_conf()');
  } finally {
    await admin.end();
  }
}
