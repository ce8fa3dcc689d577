import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveState } from '#dashboard';
import { PostgresServer, postgresBin } from '../contract/postgres-server.js';
import { Mlaas, mlaas, readCsv } from './mlaas.js';

if (postgresBin === undefined) console.warn('skipped: a killed database: PostgreSQL is not installed');

describe.skipIf(postgresBin === undefined)('a run whose database is killed', () => {
  const [clients, rounds] = [4, 10];
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(async () => server?.remove());

  it('goes on meanwhile, says so, and has every record once when the database is back', async () => {
    const size = ['--clients', String(clients), '--rounds', String(rounds)];
    const pace = ['--sample-size', '4000', '--epochs-per-round', '12', '--telemetry-interval', '0.1'];
    const run = new Mlaas(['generate', ...size, ...pace, '--db', server.url, '--json']);
    const [, page] = await run.sees(/page (http:\S+)/);
    const act = (action: string): Promise<Response> =>
      fetch(`${page}api/actions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ action }),
      });
    await run.sees(/round 2\/10/);
    await server.kill();
    await run.sees(/STORE_SPOOLING/);
    const writer = async () => ((await (await fetch(`${page}api/state`)).json()) as LiveState).writer;
    await expect.poll(async () => (await writer())?.spooled).toBeGreaterThan(0);
    expect((await writer())?.waitingSince).toBeLessThanOrEqual(Date.now());
    await run.sees(/round 4\/10/);
    // A machine on which the database takes longer to start than the rounds that are left must not end the run.
    expect((await act('pause')).status).toBe(200);
    await server.run();
    await run.sees(/the database answers: \d+ batches that waited on disk are stored/);
    expect((await act('resume')).status).toBe(200);
    expect((await run.exit()).code, run.stderr).toBe(0);
    expect(readCsv(String(run.summary().output))).toHaveLength(clients * rounds);

    const counts = await mlaas(
      [
        ...['query', '--db', server.url, '--format', 'csv'],
        `SELECT (SELECT status FROM runs),
           (SELECT count(*) FROM rounds) AS rounds, (SELECT count(*) FROM compositions) AS compositions,
           (SELECT count(*) FROM client_rounds) AS client_rounds,
           (SELECT count(*) = max(seq) + 1 AND min(seq) = 0 FROM events) AS all_events,
           (SELECT count(*) FROM events WHERE type = 'recorder') AS dropped,
           (SELECT bool_and(whole) FROM (SELECT count(*) = max(seq) - min(seq) + 1 AND min(seq) = 0 AS whole
              FROM telemetry GROUP BY client_id, boot) of_client) AS all_telemetry,
           (SELECT bool_and(whole) FROM (SELECT count(*) = max(seq) - min(seq) + 1 AS whole
              FROM messages GROUP BY sender, boot, kind) of_sender) AS all_messages,
           (SELECT count(*) FROM messages WHERE kind = 'result') AS results`,
      ],
      { cwd: run.cwd },
    );
    expect(counts.code, counts.stderr).toBe(0);
    expect(counts.stdout.split('\n')[1]).toBe(
      `finished,${rounds},${rounds},${clients * rounds},true,0,true,true,${clients * rounds}`,
    );
    const spool = join(run.cwd, 'data/store/spool');
    const [folder] = readdirSync(spool);
    expect(readdirSync(join(spool, folder!)).filter((name) => name.endsWith('.spool'))).toEqual([]);
  });
});
