import { describe, expect, it } from 'vitest';
import { freshFolder, Mlaas, mlaas, readCsv, survivors } from './mlaas.js';
import { hasMosquitto, startMosquitto } from './mosquitto.js';

describe.skipIf(!hasMosquitto)(
  'agents that are told nothing but the broker (skipped without mosquitto)',
  () => {
    it('wait for a run, take its free clients, and end with it', async () => {
      const mosquitto = await startMosquitto();
      try {
        const agents = Array.from({ length: 4 }, () => new Mlaas(['agent', '--broker', mosquitto.url]));
        const run = new Mlaas(
          [
            ...['generate', '--clients', '4', '--local-agents', '1', '--rounds', '2', '--sample-size', '400'],
            ...['--broker', mosquitto.url, '--json'],
          ],
          { cwd: freshFolder() },
        );
        expect((await run.exit()).code, run.stderr).toBe(0);
        const rows = readCsv(String(run.summary().output));
        expect(rows).toHaveLength(8);
        for (const row of rows) expect(row.participated_flag).toBe('true');
        // Three of the four found a seat; the fourth goes on waiting, for the next run.
        const seated = agents.filter(({ stderr }) => /run \S+: c000[1-3]$/m.test(stderr));
        expect(seated).toHaveLength(3);
        for (const agent of seated) expect((await agent.exit()).code, agent.stderr).toBe(0);
        const [waiting] = agents.filter((agent) => !seated.includes(agent));
        expect(waiting?.child.exitCode).toBeNull();
        waiting!.child.kill('SIGTERM');
        // At once, and not when the last of its timers has run down: the shortest of them has 30 s.
        expect(await survivors([waiting!.pid], 25_000)).toEqual([]);
        expect((await waiting!.exit()).code).toBe(130);
      } finally {
        mosquitto.process.kill('SIGKILL');
      }
    });

    it('are refused by the embedded broker, which knows every agent by name', async () => {
      const up = new Mlaas(['up', '--clients', '2', '--local-agents', '1', '--rounds', '1', '--port', '0']);
      const [, url] = await up.sees(/broker (mqtt:\S+)/);
      const agent = await mlaas(['agent', '--broker', url!]);
      expect(agent.code).toBe(23);
      expect(agent.stderr).toContain('BROKER_REFUSED');
      up.child.kill('SIGINT');
      await up.exit();
    });
  },
);
