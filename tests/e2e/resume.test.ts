import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { csvColumns } from '#store';
import { agentPids, freshFolder, Mlaas, mlaas, readCsv, survivors } from './mlaas.js';

/** Its modules are those that `killAt` finds. */
const unbundled = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const killAt = fileURLToPath(new URL('./kill-at.mjs', import.meta.url));
const experiment = [
  ...['--clients', '3', '--rounds', '3', '--sample-size', '600', '--seed', '11'],
  ...['--composition', 'random:2', '--aggregation', 'fedavgm'],
];

/** What may differ between two runs of one experiment: clocks and counters, and how a run is called. */
const repeatable = csvColumns
  .filter(({ name, provenance }) => provenance !== 'measured' && !['run_id', 'run_name'].includes(name))
  .map(({ name }) => name);
const learned = (output: unknown) =>
  readCsv(String(output)).map((row) => repeatable.map((column) => [column, row[column]]));

const cwd = freshFolder();
let whole: Record<string, unknown> = {};

beforeAll(async () => {
  const run = await mlaas(['generate', ...experiment, '--name', 'whole', '--json'], { cwd });
  expect(run.code, run.stderr).toBe(0);
  whole = run.summary();
});

/** Runs the experiment until it kills itself at an event. @returns its run id */
async function killedRun(event: string): Promise<string> {
  const run = new Mlaas(['generate', ...experiment, '--name', event.replaceAll(':', '-')], {
    cwd,
    program: unbundled,
    env: { NODE_OPTIONS: `--import=${killAt}`, MLAAS_KILL_AT: event },
  });
  const [, id] = await run.sees(/run (\S+): 3 clients/);
  const agents = [...agentPids(run.pid).values()];
  expect((await run.exit()).signal, run.stderr).toBe('SIGKILL');
  expect(await survivors(agents)).toEqual([]);
  return id!;
}

async function query(sql: string): Promise<string> {
  const { code, stdout, stderr } = await mlaas(['query', sql, '--format', 'csv'], { cwd });
  expect(code, stderr).toBe(0);
  return stdout.trim().split('\n').at(-1)!;
}

describe('a run whose aggregator is killed', () => {
  it.each([
    'round-state:1:collect',
    'round-state:2:announce',
    'round-state:2:collect',
    'agent-state:2:uploading',
    'round-state:2:aggregate',
    'round-state:2:evaluate',
    'round-state:2:compose',
    'round-state:2:store',
    'client-finished:2',
    'round-state:3:announce',
    'round-finished:2',
    'round-finished:3',
  ])('at %s goes on to the dataset of an undisturbed run', async (event) => {
    const id = await killedRun(event);
    const resumed = await mlaas(['resume', id, '--json'], { cwd });
    expect(resumed.code, resumed.stderr).toBe(0);
    const summary = resumed.summary();
    expect(summary).toMatchObject({ run_id: id, rows: 9, weights_sha256: whole.weights_sha256 });
    expect(learned(summary.output)).toEqual(learned(whole.output));
    expect(
      await query(
        `select r.status, r.rounds_finished, (select count(*) from rounds where run_id = r.run_id),
           (select count(*) from client_rounds where run_id = r.run_id),
           (select count(*) = count(distinct seq) from events where run_id = r.run_id),
           (select bool_and(exists (select from messages m where m.run_id = r.run_id and kind = 'result'
              and m.client_id = c.client_id and m.round = c.round))
            from client_rounds c where c.run_id = r.run_id and participated_flag)
         from runs r where run_id = '${id}'`,
      ),
    ).toBe('finished,3,3,9,true,true');
    expect(readdirSync(join(cwd, 'data/checkpoints'))).toEqual([]);
  });
});

describe('a run that is interrupted', () => {
  /** Ends a run by Ctrl-C in its second round. @returns what it has said, and its id */
  async function interrupted(...flags: string[]): Promise<{ said: string; id: string }> {
    const run = new Mlaas(['generate', ...experiment, '--rounds', '50', ...flags], { cwd });
    const [, id] = await run.sees(/run (\S+): 3 clients/);
    await run.sees(/round 1\/50/);
    run.child.kill('SIGINT');
    expect((await run.exit()).code, run.stderr).toBe(130);
    return { said: run.stderr, id: id! };
  }

  it('goes on by the command that it has printed', async () => {
    const { said } = await interrupted('--store-dir', 'my store', '--checkpoint-dir', 'my checkpoints');
    const [, words] = said.match(/^mlaas (resume .*) goes on with the run$/m)!;
    const script = `set -- ${words}; printf '%s\\n' "$@"`;
    const args = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n');
    const resumed = new Mlaas(args, { cwd });
    await resumed.sees(/resumed after round \d/);
    resumed.child.kill('SIGINT');
    expect((await resumed.exit()).code, resumed.stderr).toBe(130);
  });

  it('promises nothing without checkpoints', async () => {
    const { said, id } = await interrupted('--no-save-weights');
    expect(said).not.toContain('goes on with the run');
    expect(said).toContain(`run ${id} kept no checkpoints to go on from`);
    const resumed = await mlaas(['resume', id], { cwd });
    expect(resumed.code).toBe(45);
    expect(resumed.stderr).toMatch(/error RESUME_IMPOSSIBLE: .*kept no checkpoints \(--no-save-weights\)/);
  });
});

describe('what cannot be resumed is said', () => {
  it('a run that has finished, one that is not there', async () => {
    const finished = await mlaas(['resume', String(whole.run_id)], { cwd });
    expect(finished.code).toBe(45);
    expect(finished.stderr).toMatch(/^mlaas: error RESUME_IMPOSSIBLE: .*has finished/m);
    expect((await mlaas(['resume', 'nothing'], { cwd })).code).toBe(35);
  });

  it('a run without its checkpoint, or with a damaged one', async () => {
    const id = await killedRun('client-finished:3');
    const folder = join(cwd, 'data/checkpoints', id);
    // The store has round 2 or, two rounds being on their way to it, round 1 for its last: all are damaged.
    for (const file of readdirSync(folder)) writeFileSync(join(folder, file), 'no checkpoint');
    const damaged = await mlaas(['resume', id], { cwd });
    expect(damaged.code).toBe(45);
    rmSync(folder, { recursive: true });
    const missing = await mlaas(['resume', id], { cwd });
    expect(missing.code).toBe(45);
    expect(missing.stderr).toMatch(/error RESUME_IMPOSSIBLE: .*round-[12]\.checkpoint.*--checkpoint-dir/);
  });
});
