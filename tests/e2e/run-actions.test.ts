import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LiveState } from '#dashboard';
import { agentPids, Mlaas, mlaas, readCsv, survivors } from './mlaas.js';

let run: Mlaas;
let url: string;

beforeAll(async () => {
  const small = ['--clients', '3', '--sample-size', '6000', '--epochs-per-round', '12'];
  run = new Mlaas(['up', ...small, '--rounds', '1000', '--port', '0']);
  url = (await run.sees(/page (http:\S+)/))[1]!;
});

afterAll(async () => {
  run.child.kill('SIGKILL');
  await run.exit();
});

const post = (path: string, body: object): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const act = async (action: object): Promise<number> => (await post('api/actions', action)).status;

async function start(settings: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await post('api/runs', settings);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const state = async (): Promise<LiveState> => (await fetch(`${url}api/state`)).json() as Promise<LiveState>;

/** Waits until the run is as told. @returns what it is then */
async function once(holds: (now: LiveState) => boolean): Promise<LiveState> {
  for (;;) {
    const now = await state();
    if (holds(now)) return now;
    await delay(10);
  }
}
const finished = (round: number) => (now: LiveState) => now.rounds.some((one) => one.round === round);
const lastRound = ({ rounds }: LiveState): number => rounds.at(-1)?.round ?? 0;

/** Rows of the run's store, asked by the page's API until there are as many as wanted: rows come in batches. */
async function stored(sql: string, wanted = 1): Promise<unknown[][]> {
  for (;;) {
    const response = await post('api/query', { sql });
    const { rows } = (await response.json()) as { rows: unknown[][] };
    if (rows.length >= wanted) return rows;
    await delay(100);
  }
}

/** Pauses and waits until nothing is under way. @returns the last round before the pause */
async function pause(): Promise<number> {
  expect(await act({ action: 'pause' })).toBe(200);
  return lastRound(await once(({ run: view, rounds }) => view!.isPaused && view!.round === rounds.length));
}

it('a run that is paused begins no round until it is resumed', async () => {
  await once(finished(1));
  const last = await pause();
  await delay(1500);
  expect(lastRound(await state())).toBe(last);
  expect(await act({ action: 'resume' })).toBe(200);
  await once(finished(last + 1));
  // The next round may begin in the very millisecond of its resumption.
  const between = `SELECT count(*)::int FROM rounds, events paused, events resumed
    WHERE paused.code = 'RUN_PAUSED' AND resumed.code = 'RUN_RESUMED'
      AND rounds.started_at > paused.ts AND rounds.started_at < resumed.ts`;
  await stored("SELECT 1 FROM events WHERE code = 'RUN_RESUMED'");
  expect(await stored(between)).toEqual([[0]]);
});

it('a query may not hold up a run whose store is embedded, on the page and from the shell', async () => {
  const sql = 'select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b';
  const answer = await post('api/query', { sql, timeoutMs: 600_000 });
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ code: 'STORE_BUSY', todo: expect.stringMatching(/--db/) });
  const query = await mlaas(['query', sql], { cwd: run.cwd });
  expect(query.code).toBe(56);
  expect(query.stderr).toMatch(/error STORE_BUSY: .*was ended after 2 s/);
  expect(await stored("SELECT level FROM events WHERE code = 'STORE_HELD_UP' LIMIT 1")).toEqual([['warn']]);
  const last = lastRound(await state());
  await once(finished(last + 1));
});

it('an agent that is slowed takes longer for the same work', async () => {
  const slowed = (await pause()) + 1;
  expect(await act({ action: 'slow', client: 2 })).toBe(200);
  await act({ action: 'resume' });
  await once(finished(slowed));
  const rows = await stored(
    `SELECT round, cpu_utilization, participated_flag FROM client_rounds WHERE client_id = 2 AND round <= ${slowed}
     ORDER BY round`,
    slowed,
  );
  expect(rows.at(-1)).toEqual([slowed, expect.any(Number), true]);
  // It runs a quarter of the time. Not compared with the seconds of other rounds: others may have kept the
  // machine busy then.
  expect(rows.at(-1)?.[1]).toBeLessThan(0.5);
  expect(await stored("SELECT client_id FROM events WHERE code = 'AGENT_SLOWED'")).toEqual([[2]]);
});

it('an agent that is killed fails its round, is started again and takes part in the next', async () => {
  const outcome = (round: number): Promise<unknown[][]> =>
    stored(
      `SELECT participated_flag, fail_reason FROM client_rounds WHERE client_id = 1 AND round = ${round}`,
    );
  const victims: number[] = [];
  let killed = 0;
  // One that has sent its update just before it is killed has taken part: then it is the next round's turn.
  do {
    const now = await once(({ agents, run: view }) =>
      agents.some((one) => one.client === 1 && one.state === 'training' && one.round === view!.round),
    );
    expect(await act({ action: 'kill', client: 1 })).toBe(200);
    victims.push(now.agents.find(({ client }) => client === 1)!.pid);
    killed = now.run!.round;
    await once(finished(killed));
  } while ((await outcome(killed))[0]?.[0] === true);
  expect(await survivors(victims)).toEqual([]);
  expect(await outcome(killed)).toEqual([[false, 'agent_lost']]);
  expect(await outcome(killed + 1)).toEqual([[true, null]]);
  const codes =
    "SELECT DISTINCT code FROM events WHERE client_id = 1 AND code IN ('AGENT_KILLED', 'AGENT_RESTARTED')";
  expect((await stored(`${codes} ORDER BY code`, 2)).flat()).toEqual(['AGENT_KILLED', 'AGENT_RESTARTED']);
  expect(await act({ action: 'kill', client: 99 })).toBe(409);
});

it('a run that is stopped ends its agents and is stored as interrupted; the page stays, and starts the next', async () => {
  const agents = [...agentPids(run.pid).values()];
  expect(agents).toHaveLength(3);
  expect((await start({ rounds: 2 })).status).toBe(409);
  expect(await act({ action: 'stop' })).toBe(200);
  await run.sees(/The page stays up/);
  expect(await survivors(agents)).toEqual([]);
  expect((await state()).run).toMatchObject({ status: 'interrupted' });
  expect(await act({ action: 'stop' })).toBe(409);
  expect((await start({ clients: 0 })).status).toBe(400);
  // What could not begin is no model for the next: the form is as the last run was.
  const refused = { clients: 2, dataset: 'csv:/nowhere.csv', datasetArg: { target: 'x' }, name: 'refused' };
  expect((await start(refused)).status).toBe(400);
  const form = (await (await fetch(`${url}api/run-form`)).json()) as { values: Record<string, unknown> };
  expect(form.values).toMatchObject({ clients: 3, rounds: 1000 });
  expect(form.values).not.toHaveProperty('dataset');
  // What the form leaves out is as by default: the fleet of the last run is not asked for again.
  const asked = { clients: 2, rounds: 2, sampleSize: 600, name: 'from-the-page' };
  const { status, body } = await start(asked);
  expect(status, JSON.stringify(body)).toBe(200);
  const ended = await once(({ run: view }) => view?.name === 'from-the-page' && view.status === 'finished');
  expect(ended).toMatchObject({ run: { runId: body.run_id, clients: 2, rounds: 2 } });
  expect(ended.rounds.map(({ round }) => round)).toEqual([1, 2]);
  run.child.kill('SIGINT');
  expect((await run.exit()).code, run.stderr).toBe(0);
  const sql =
    'SELECT status, rounds_finished = (SELECT count(*) FROM rounds WHERE run_id = r.run_id) FROM runs r ORDER BY created_at';
  const query = await mlaas(['query', sql, '--format', 'csv'], { cwd: run.cwd });
  expect(query.code, query.stderr).toBe(0);
  expect(query.stdout.trim().split('\n').slice(1)).toEqual(['interrupted,true', 'finished,true']);
  expect(readCsv(join(run.cwd, 'outputs/runs/from-the-page.csv'))).toHaveLength(4);
});
