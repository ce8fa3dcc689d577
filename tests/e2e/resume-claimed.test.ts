import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresServer, postgresBin } from '../contract/postgres-server.js';
import { Mlaas, mlaas } from './mlaas.js';

if (postgresBin === undefined) console.warn('skipped: a run on a server: PostgreSQL is not installed');

describe.skipIf(postgresBin === undefined)('a run on a server', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(async () => server?.remove());

  const experiment = ['--clients', '2', '--rounds', '6', '--sample-size', '400', '--epochs-per-round', '4'];

  it('is not resumed while its process is there, and is when that was killed', async () => {
    const run = new Mlaas(['generate', ...experiment, '--db', server.url]);
    const [, id = ''] = await run.sees(/run (\S+): 2 clients/);
    await run.sees(/round 2\/6/);
    run.child.kill('SIGSTOP');
    const resume = () => mlaas(['resume', id, '--db', server.url], { cwd: run.cwd });
    const tooEarly = await resume();
    expect(tooEarly.code, tooEarly.stderr).toBe(45);
    expect(tooEarly.stderr).toContain(`run ${id} is going on in another process`);
    const ask = async (sql: string): Promise<string> => {
      const asked = await mlaas(['query', sql, '--db', server.url, '--format', 'csv'], { cwd: run.cwd });
      return asked.stdout.trim().split('\n').at(-1) ?? asked.stderr;
    };
    const status = `SELECT status FROM runs WHERE run_id = '${id}'`;
    expect(await ask(status)).toBe('running');
    run.child.kill('SIGKILL');
    await run.exit();
    expect(await ask(status)).toBe('interrupted');
    const resumed = await resume();
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(
      await ask(`SELECT (${status}), (SELECT count(*) FROM client_rounds), (SELECT count(*) FROM rounds)`),
    ).toBe('finished,12,6');
  });
});
