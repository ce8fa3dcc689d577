import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { LiveState } from '#dashboard';
import { agentPids, dataDir, freshFolder, Mlaas, mlaas, readCsv, survivors } from './mlaas.js';
import { freePort, hasMosquitto, startMosquitto } from './mosquitto.js';

const slow = ['--sample-size', '8000', '--epochs-per-round', '12', '--clients', '4'];
/** A training takes seconds: it still goes on when somebody who saw it begin comes to end it. */
const slower = ['--sample-size', '8000', '--epochs-per-round', '24', '--clients', '2'];

/** Waits until an agent trains in a round. @returns its process id */
async function pidOnceTraining(stateUrl: string, agent: string, round: number): Promise<number> {
  for (;;) {
    const state = (await (await fetch(stateUrl)).json()) as LiveState;
    const view = state.agents.find((one) => one.agent === agent);
    if (view?.round === round && view.state === 'training') return view.pid;
    await delay(5);
  }
}

describe('an agent killed in mid-round', () => {
  it('fails that round, is started again and takes part in the next', async () => {
    const run = new Mlaas(['generate', ...slower, '--rounds', '3', '--json']);
    const [, page] = await run.sees(/page (http:\S+)/);
    await run.sees(/round 1\/3/);
    const agents = agentPids(run.pid);
    const victim = await pidOnceTraining(`${page}api/state`, 'c0001', 2);
    process.kill(victim, 'SIGKILL');
    expect(victim).toBe(agents.get('c0001'));
    expect((await run.exit()).code, run.stderr).toBe(0);
    const rows = readCsv(String(run.summary().output)).filter((row) => row.client_id === '1');
    expect(rows.map((row) => row.participated_flag)).toEqual(['true', 'false', 'true']);
    expect(rows[1]?.fail_reason).toBe('agent_lost');
    expect(run.stderr).toContain('AGENT_RESTARTED');
  });
});

describe('an agent that somebody ends from outside', () => {
  it('is started again, whatever its exit code', async () => {
    const run = new Mlaas(['generate', ...slower, '--rounds', '3', '--json']);
    const [, page] = await run.sees(/page (http:\S+)/);
    process.kill(await pidOnceTraining(`${page}api/state`, 'c0001', 1), 'SIGTERM');
    await run.sees(/AGENT_RESTARTED: c0001/);
    expect((await run.exit()).code, run.stderr).toBe(0);
    const rows = readCsv(String(run.summary().output)).filter((row) => row.client_id === '1');
    expect(rows.map((row) => row.participated_flag)).toEqual(['false', 'true', 'true']);
  });
});

describe.skipIf(!hasMosquitto)('an external broker after the last round', () => {
  it('is of no concern any more: the page stays, nothing is recorded, Ctrl-C ends with 0', async () => {
    const mosquitto = await startMosquitto();
    const up = new Mlaas(['up', '--rounds', '1', '--clients', '2', '--port', '0', '--broker', mosquitto.url]);
    const [, page] = await up.sees(/page (http:\S+)/);
    await up.sees(/The page stays up/);
    mosquitto.process.kill('SIGKILL');
    const state = async (): Promise<string> => (await fetch(`${page}api/state`)).text();
    // The last figures of the writer come behind the run's end.
    const stays = async (): Promise<boolean> => {
      const before = await state();
      await delay(1000);
      return (await state()) === before;
    };
    await expect.poll(stays).toBe(true);
    const before = await state();
    await delay(2500);
    expect(await state()).toBe(before);
    up.child.kill('SIGINT');
    expect((await up.exit()).code, up.stderr).toBe(0);
    expect(up.stderr).not.toContain('BROKER_LOST');
  });
});

describe('the end of a run', () => {
  it.each([
    // A run that was not yet prepared is not one: whether it is depends on how fast Ctrl-C comes.
    ['Ctrl-C before the agents are there', 'SIGINT', /page http/, 0, /^status\n(interrupted\n)?$/],
    ['Ctrl-C while they start', 'SIGINT', /broker mqtt/, 300, /^status\ninterrupted\n$/],
    ['Ctrl-C in mid-round', 'SIGINT', /round 1\/50/, 200, /^status\ninterrupted\n$/],
    ['a closed terminal', 'SIGHUP', /round 1\/50/, 200, /^status\ninterrupted\n$/],
  ] as const)(
    '%s leaves no process and a store that opens again',
    async (_, signal, pattern, waitMs, stored) => {
      const run = new Mlaas(['up', ...slow, '--rounds', '50', '--port', '0']);
      await run.sees(pattern);
      await delay(waitMs);
      const agents = [...agentPids(run.pid).values()];
      run.child.kill(signal);
      expect((await run.exit()).code, run.stderr).toBe(130);
      expect(await survivors(agents)).toEqual([]);
      expect(agentPids(run.pid).size).toBe(0);
      const query = await mlaas(['query', 'select status from runs', '--format', 'csv'], { cwd: run.cwd });
      expect(query.code, query.stderr).toBe(0);
      expect(query.stdout).toMatch(stored);
    },
  );

  it('SIGKILL leaves no agent and a store that opens again with all finished rounds', async () => {
    const run = new Mlaas(['generate', ...slow, '--rounds', '50']);
    // The line of round 3 comes after round 2 was made durable.
    await run.sees(/round 3\/50/);
    const agents = [...agentPids(run.pid).values()];
    expect(agents).toHaveLength(4);
    run.child.kill('SIGKILL');
    await run.exit();
    expect(await survivors(agents)).toEqual([]);
    const sql =
      'select (select count(*) >= 2 from rounds), count(*) = count(distinct (round, client_id)) from client_rounds';
    const query = await mlaas(['query', sql, '--format', 'csv'], { cwd: run.cwd });
    expect(query.code, query.stderr).toBe(0);
    expect(query.stdout.split('\n')[1]).toBe('true,true');
  });

  it('SIGKILL leaves no agent that was slowed, and stopped just then', async () => {
    const run = new Mlaas(['generate', ...slower, '--rounds', '50']);
    const [, page] = await run.sees(/page (http:\S+)/);
    const agent = await pidOnceTraining(`${page}api/state`, 'c0001', 1);
    const slowed = await fetch(`${page}api/actions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'slow', client: 1 }),
    });
    expect(slowed.status).toBe(200);
    while (!/^State:\s+T/m.test(readFileSync(`/proc/${agent}/status`, 'utf8'))) await delay(1);
    run.child.kill('SIGKILL');
    await run.exit();
    const left = await survivors([agent]);
    for (const pid of left) process.kill(pid, 'SIGKILL');
    expect(left).toEqual([]);
  });

  it('SIGKILL leaves no agent that was still being loaded', async () => {
    const program = fileURLToPath(new URL('../../dist/agent.js', import.meta.url));
    const broker = `mqtt://127.0.0.1:${await freePort()}`;
    const agent = spawn(process.execPath, [program, '--broker', broker, '--run', 'gone', '--id', 'c0000'], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    agent.disconnect();
    expect(await survivors([agent.pid!])).toEqual([]);
  });
});

describe('errors are one line with a code, what to do, and a documented exit code', () => {
  const expectError = (run: { code: number | null; stderr: string }, code: string, exitCode: number) => {
    expect(run.code, run.stderr).toBe(exitCode);
    const lines = run.stderr.split('\n').filter((line) => line.includes('error '));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^mlaas: error ${code}: .+\\. .+`));
  };

  it('flag values', async () => {
    expectError(await mlaas(['generate', '--clients', '0']), 'CONFIG_INVALID', 2);
    expectError(await mlaas(['generate', '--learning-rate', 'fast']), 'CONFIG_INVALID', 2);
    expectError(await mlaas(['generate', '--wrong']), 'USAGE', 2);
    expectError(await mlaas(['nonsense']), 'USAGE', 2);
  });

  it.skipIf(!existsSync('/dev/full'))('standard output on a full disk', async () => {
    const full = openSync('/dev/full', 'w');
    const run = new Mlaas(['config', 'schema'], { stdout: full });
    expectError({ ...(await run.exit()), stderr: run.stderr }, 'OUTPUT_UNWRITABLE', 36);
    closeSync(full);
  });

  it('unknown dataset', async () => {
    expectError(await mlaas(['generate', '--dataset', 'imagenet']), 'DATASET_UNKNOWN', 10);
  });

  it('more clients than samples', async () => {
    expectError(
      await mlaas(['generate', '--clients', '20', '--sample-size', '10']),
      'PARTITION_IMPOSSIBLE',
      13,
    );
  });

  it.skipIf(dataDir === undefined)('corrupt IDX file', async () => {
    const folder = join(freshFolder(), 'data');
    mkdirSync(join(folder, 'mnist'), { recursive: true });
    for (const name of ['train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1']) {
      copyFileSync(join(dataDir!, 'mnist', `${name}-ubyte.gz`), join(folder, 'mnist', `${name}-ubyte.gz`));
    }
    writeFileSync(join(folder, 'mnist', 'train-images-idx3-ubyte.gz'), 'no gzip at all');
    const run = await mlaas(['generate', '--dataset', 'mnist', '--data-dir', folder]);
    expectError(run, 'DATASET_CORRUPT', 12);
    expect(run.stderr).toContain('train-images-idx3-ubyte.gz');
  });

  it('unwritable output', async () => {
    const cwd = freshFolder();
    writeFileSync(join(cwd, 'file'), '');
    expectError(await mlaas(['generate', '--output', 'file/x.csv'], { cwd }), 'OUTPUT_UNWRITABLE', 36);
  });

  it('port in use, of the page and of the broker', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    try {
      expectError(await mlaas(['up', '--port', port]), 'PORT_IN_USE', 20);
      expectError(await mlaas(['generate', '--broker-port', port]), 'PORT_IN_USE', 20);
    } finally {
      taken.close();
    }
  });

  it('broker that is not there', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    expectError(await mlaas(['generate', '--broker', url]), 'BROKER_UNREACHABLE', 21);
  });

  it.skipIf(!hasMosquitto)('broker that goes away during a run', async () => {
    const { url, process: broker } = await startMosquitto();
    const run = new Mlaas(['generate', ...slow, '--rounds', '50', '--broker', url]);
    await run.sees(/round 1\/50/);
    const agents = [...agentPids(run.pid).values()];
    broker.kill('SIGKILL');
    const { code } = await run.exit();
    expectError({ code, stderr: run.stderr }, 'BROKER_LOST', 22);
    expect(await survivors(agents)).toEqual([]);
    const query = await mlaas(['query', 'select status from runs', '--format', 'csv'], { cwd: run.cwd });
    expect(query.stdout).toBe('status\nfailed\n');
  });

  it('database that is not there', async () => {
    const url = `postgres://nobody@127.0.0.1:${await freePort()}/none`;
    expectError(await mlaas(['generate', '--db', url]), 'STORE_UNREACHABLE', 31);
  });

  it('agent without the right token', async () => {
    const up = new Mlaas(['up', '--clients', '2', '--local-agents', '1', '--port', '0', '--rounds', '1']);
    const [, broker, run] = await up.sees(/--broker (\S+) --run (\S+) --id c0001/);
    const args = ['agent', '--broker', broker!, '--run', run!, '--id', 'c0001'];
    expectError(await mlaas(args, { env: { MLAAS_AGENT_TOKEN: 'wrong' } }), 'BROKER_REFUSED', 23);
    up.child.kill('SIGINT');
    await up.exit();
  });
});
