import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configFields } from '#protocol';
import { agentPids, dataDir, freshFolder, Mlaas, mlaas, readCsv, survivors } from './mlaas.js';

const runs = 60;
const split = '60,25,15';

const choicesOf = (key: string): Set<unknown> =>
  new Set(configFields().find((field) => field.key === key)?.jsonSchema.enum as unknown[]);

describe.skipIf(dataDir === undefined)('mlaas autogen (skipped without the data folder)', () => {
  const cwd = freshFolder();
  const draw = [
    'autogen',
    '--runs',
    String(runs),
    '--task-split',
    split,
    '--seed',
    '7',
    '--plan',
    'plan.csv',
  ];
  const small = ['--clients', '2', '--rounds', '1', '--sample-size', '120', '--epochs-per-round', '1'];
  const command = [...draw, ...small, '--data-dir', dataDir ?? '', '--parallel', '2', '--json'];
  const query = async (sql: string): Promise<Record<string, unknown>[]> =>
    JSON.parse((await mlaas(['query', sql, '--format', 'json'], { cwd })).stdout);

  it('draws a plan over all tasks, and runs nothing in a dry run', async () => {
    const dry = await mlaas([...command, '--dry-run'], { cwd });
    expect(dry.code, dry.stderr).toBe(0);
    expect(dry.stderr).toContain(`${runs} runs, ${2 * runs} service instances`);
    const lines = readFileSync(join(cwd, 'plan.csv'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(runs + 1);
    const drawn = readCsv(join(cwd, 'plan.csv'));
    const valuesOf = (field: string): Set<string | undefined> => new Set(drawn.map((row) => row[field]));
    expect(valuesOf('taskType')).toEqual(choicesOf('taskType'));
    expect(valuesOf('modelType')).toEqual(choicesOf('modelType'));
    // One row that no check can find wrong, and one that is not wanted.
    const planted = lines.map((line, i) => `${line},${['broker', '', 'mqtt://127.0.0.1:9'][i] ?? ''}`);
    planted[3] = planted[3]!.replace('true', 'false');
    writeFileSync(join(cwd, 'plan.csv'), `${planted.join('\n')}\n`);
  });

  it('goes on after a SIGKILL, repeats no finished run, and lists what failed', {
    timeout: 900_000,
  }, async () => {
    const killed = new Mlaas(command, { cwd });
    await killed.sees(/run 10\/59 /);
    const agents = [...agentPids(killed.pid).values()];
    killed.child.kill('SIGKILL');
    await killed.exit();
    expect(await survivors(agents)).toEqual([]);
    const before = await query("select run_id, name from runs where status = 'finished'");
    expect(before.length).toBeGreaterThanOrEqual(8);

    const resumed = await mlaas(command, { cwd });
    expect(resumed.code, resumed.stderr).toBe(44);
    expect(resumed.summary()).toMatchObject({ runs: 59, skipped: before.length, failed: 1 });
    const after = await query("select run_id, name from runs where status = 'finished'");
    expect(after).toHaveLength(58);
    expect(new Set(after.map(({ name }) => name)).size).toBe(58);
    expect(after).toEqual(expect.arrayContaining(before));
    const retry = readFileSync(join(cwd, 'plan.retry.csv'), 'utf8').trimEnd().split('\n');
    expect(retry).toHaveLength(2);
    expect(retry[0]).toMatch(/,stage,reason$/);
    expect(retry[1]).toMatch(/^true,autogen-7-\w+-02,.*,broker,"?BROKER_UNREACHABLE: /);

    const again = await mlaas(['autogen', '--plan', 'plan.retry.csv', '--json'], { cwd });
    expect(again.code).toBe(44);
    expect(again.summary()).toMatchObject({ runs: 1, failed: 1 });
  });

  it.each([
    [['--runs', '0'], '--runs "0": must be a whole number, 1 to 100000'],
    [['--task-split', '50,50'], '--task-split 50,50: must be three shares'],
    [['--runs', '61', '--plan', 'plan.csv'], 'holds another plan than runs'],
    [['--parallel', '2', '--broker-port', '1999'], '--broker-port 1999: every run has its own broker'],
  ])('refuses %j', async (flags, message) => {
    const run = await mlaas(['autogen', ...flags], { cwd });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(message);
  });
});

it('Ctrl-C ends all runs of a plan in order', async () => {
  const flags = ['--dataset', 'synthetic_digits', '--task-split', '100,0,0', '--sample-size', '400'];
  const size = ['--runs', '3', '--parallel', '3', '--clients', '2', '--rounds', '1000'];
  const plan = new Mlaas(['autogen', ...flags, ...size]);
  const [, page] = await plan.sees(/page (http:\S+)/);
  const begun = async (): Promise<unknown> => {
    const response = await fetch(`${page}api/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sql: 'SELECT count(DISTINCT run_id)::int FROM rounds' }),
    });
    return ((await response.json()) as { rows: unknown[][] }).rows;
  };
  await expect.poll(begun).toEqual([[3]]);
  plan.child.kill('SIGINT');
  expect((await plan.exit()).code, plan.stderr).toBe(130);
  expect(plan.stderr).not.toContain('while closing');
  const stored = await mlaas(['query', 'select status, reason from runs', '--format', 'csv'], {
    cwd: plan.cwd,
  });
  expect(stored.stdout.trim().split('\n').slice(1)).toEqual(
    Array.from({ length: 3 }, () => 'interrupted,interrupted: by SIGINT'),
  );
});
