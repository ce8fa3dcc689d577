import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataDir, freshFolder, Mlaas, mlaas, readCsv } from './mlaas.js';
import { hasMosquitto, startMosquitto } from './mosquitto.js';

const learningColumns = [
  'round',
  'client_id',
  'samples_count',
  'steps',
  'train_loss',
  'loss',
  'accuracy',
  'update_norm',
  'selected_flag',
  'participated_flag',
  'fail_reason',
] as const;

function learningPart(path: string): string[] {
  return readCsv(path).map((row) => learningColumns.map((name) => row[name]).join('|'));
}

describe.skipIf(dataDir === undefined)('the main job on MNIST (skipped without the data folder)', () => {
  const flags = ['--dataset', 'mnist', '--data-dir', dataDir ?? '', '--clients', '10', '--rounds', '5'];
  const command = [
    'generate',
    ...flags,
    '--strategy',
    'iid',
    '--seed',
    '7',
    '--output',
    'clients.csv',
    '--json',
  ];
  let first: Mlaas & { code: number | null };

  beforeAll(async () => {
    first = await mlaas(command);
  });

  it('writes 50 rows and reaches 0.95 on the 10,000 test images', () => {
    expect(first.code, first.stderr).toBe(0);
    const summary = first.summary();
    expect(summary).toMatchObject({ rounds: 5, clients: 10, rows: 50 });
    expect(summary.global_accuracy).toBeGreaterThanOrEqual(0.95);
    const rows = readCsv(String(summary.output));
    expect(rows).toHaveLength(50);
    for (const row of rows) {
      expect(row.participated_flag).toBe('true');
      expect(row.samples_count).toBe('6000');
      expect(Number(row.compute_time_s)).toBeGreaterThan(0);
    }
  });

  it('prints people’s lines on stderr and one JSON line on stdout', () => {
    expect(first.stdout.trimEnd().split('\n')).toHaveLength(1);
    const lines = first.stderr.split('\n').filter((line) => line.startsWith('round '));
    expect(lines).toHaveLength(5);
    expect(lines[2]).toMatch(/^round 3\/5 {2}accuracy 0\.\d{4} .*clients 10\/10 .*elapsed .*remaining /);
  });

  it.skipIf(!hasMosquitto)(
    'gives the same weights and learning columns over mosquitto, with agents started by hand in another order',
    async () => {
      const { url, process: broker } = await startMosquitto();
      try {
        const again = new Mlaas([...command, '--broker', url, '--local-agents', '0']);
        const [, run] = await again.sees(/--run (\S+) --id auto/);
        const agents: Mlaas[] = [];
        for (const client of [9, 3, 7, 1, 8, 0, 2, 6, 4, 5]) {
          const id = `c000${client}`;
          agents.push(
            new Mlaas(['agent', '--broker', url, '--run', run!, '--id', id, '--data-dir', dataDir!]),
          );
          await delay(150);
        }
        expect((await again.exit()).code, again.stderr).toBe(0);
        for (const agent of agents) expect((await agent.exit()).code, agent.stderr).toBe(0);
        expect(again.summary().weights_sha256).toBe(first.summary().weights_sha256);
        expect(learningPart(String(again.summary().output))).toEqual(
          learningPart(String(first.summary().output)),
        );
      } finally {
        broker.kill();
      }
    },
  );
});

describe('the built-in dataset', () => {
  const cwd = freshFolder();
  const small = ['generate', '--clients', '4', '--rounds', '2', '--sample-size', '800', '--json'];
  let run: Mlaas & { code: number | null };

  beforeAll(async () => {
    run = await mlaas([...small, '--strategy', 'dirichlet', '--distribution-param', '0.3'], { cwd });
  });

  it('runs without any data, offline', () => {
    expect(run.code, run.stderr).toBe(0);
    expect(run.summary()).toMatchObject({ rounds: 2, clients: 4, rows: 8 });
    expect(run.summary().agent_memory_mb).toMatchObject({ max: expect.any(Number) });
  });

  it('divides all samples and records who has which labels', () => {
    const rows = readCsv(String(run.summary().output)).slice(0, 4);
    expect(rows.reduce((sum, row) => sum + Number(row.samples_count), 0)).toBe(800);
  });

  it('gives another result for another seed and the same for the same', async () => {
    const again = await mlaas([...small, '--strategy', 'dirichlet', '--distribution-param', '0.3']);
    expect(again.summary().weights_sha256).toBe(run.summary().weights_sha256);
    const other = await mlaas([
      ...small,
      '--strategy',
      'dirichlet',
      '--distribution-param',
      '0.3',
      '--seed',
      '8',
    ]);
    expect(other.summary().weights_sha256).not.toBe(run.summary().weights_sha256);
  });

  it('answers queries, lists the run and shows it', async () => {
    const sql = 'select round, count(*) as clients, avg(accuracy) from client_rounds group by 1 order by 1';
    const query = await mlaas(['query', sql, '--format', 'json'], { cwd });
    expect(query.code, query.stderr).toBe(0);
    expect(JSON.parse(query.stdout)).toMatchObject([
      { round: 1, clients: 4 },
      { round: 2, clients: 4 },
    ]);
    const list = await mlaas(['runs'], { cwd });
    expect(list.stdout).toContain(String(run.summary().run_id));
    const show = await mlaas(['runs', 'show', String(run.summary().run_id)], { cwd });
    expect(show.stdout).toContain('dirichlet');
    const json = await mlaas(['runs', 'show', String(run.summary().run_id), '--format', 'json'], { cwd });
    expect(json.stdout).toContain('"strategy":"dirichlet"');
    expect((await mlaas(['runs', 'show', 'nothing'], { cwd })).code).toBe(35);
  });

  it('keeps queries read-only', async () => {
    const query = await mlaas(['query', 'delete from client_rounds'], { cwd });
    expect(query.code).toBe(34);
    expect(query.stderr).toMatch(/^mlaas: error QUERY_FAILED: .*\n$/);
  });

  it('stores every round, client, decision and telemetry record with its time', async () => {
    const sql = `select (select count(*) from rounds), (select count(*) from client_rounds),
      (select count(*) from clients), (select count(*) from compositions),
      (select count(*) from telemetry) > 0, (select count(*) from events where ts is null)`;
    const query = await mlaas(['query', sql, '--format', 'csv'], { cwd });
    expect(query.stdout.split('\n')[1]).toBe('2,8,4,2,true,0');
  });

  it('stores every message of the run once, with its bytes', async () => {
    const chunkBytes = 256 * 1024;
    const envelopeBytes = 512;
    const sql = `with sent as (
        select client_id, round, count(*) filter (where kind = 'result') as results,
          count(*) filter (where kind = 'update') as chunks,
          sum(bytes) filter (where kind = 'update') as bytes
        from messages where direction = 'up' and sender = 'c000' || client_id group by client_id, round)
      select (select count(*) from client_rounds join sent using (client_id, round) where results = 1
          and chunks = ceil(comm_bytes_up / ${chunkBytes}.0)
          and bytes between comm_bytes_up + 1 and comm_bytes_up + ${envelopeBytes} * chunks),
        (select count(*) from messages where kind = 'result'), (select count(*) from messages where kind = 'config'),
        (select count(*) from messages where kind = 'plan'),
        (select count(*) from messages where kind = 'model' and client_id is null)
          = (select sum(ceil(comm_bytes_down / ${chunkBytes}.0)) from client_rounds where client_id = 0),
        (select count(*) from messages where kind = 'command' and round is not null and client_id is not null),
        (select bool_and(whole) from (select max(seq) - min(seq) + 1 = count(*) as whole
           from messages group by sender, boot, kind) streams),
        (select count(*) from messages where (latency_ms is null) <> (direction = 'down'))`;
    const query = await mlaas(['query', sql, '--format', 'csv'], { cwd });
    expect(query.code, query.stderr).toBe(0);
    expect(query.stdout.split('\n')[1]).toBe('8,8,1,2,true,8,true,0');
  });
});

describe('a run that is going on', () => {
  let up: Mlaas;

  afterAll(async () => {
    up.child.kill('SIGINT');
    await up.exit();
  });

  it('answers queries from another terminal and refuses a second run on the same store', async () => {
    up = new Mlaas(['up', '--clients', '3', '--rounds', '2', '--sample-size', '300', '--port', '0']);
    await up.sees(/round 1\/2/);
    const query = await mlaas(['query', 'select status from runs'], { cwd: up.cwd });
    expect(query.code, query.stderr).toBe(0);
    expect(query.stdout).toMatch(/running|finished/);
    const failing = await mlaas(['query', 'select nothing from nowhere'], { cwd: up.cwd });
    expect(failing.code).toBe(34);
    const second = await mlaas(['generate', '--clients', '2', '--rounds', '1'], { cwd: up.cwd });
    expect(second.code).toBe(30);
    expect(second.stderr).toContain('error STORE_LOCKED');
  });

  it('keeps the page up after the last round, until Ctrl-C', async () => {
    await up.sees(/The page stays up/);
    const [, url] = await up.sees(/page (http:\S+)/);
    expect((await fetch(url!)).status).toBe(200);
    up.child.kill('SIGINT');
    expect((await up.exit()).code).toBe(0);
    await expect(fetch(url!)).rejects.toThrow();
  });
});
