import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '#store';
import { PostgresServer, postgresBin } from './postgres-server.js';
import { runRow } from './store-rows.js';

if (postgresBin === undefined) console.warn('skipped: claims on runs: PostgreSQL is not installed');

/** One process at a time goes on with a run, and a run that nobody goes on with does not say that it is running. */
describe.skipIf(postgresBin === undefined)('claims on the runs of a server', () => {
  let server: PostgresServer;
  let storeDir: string;
  beforeAll(async () => {
    server = await PostgresServer.start();
    storeDir = mkdtempSync(join(tmpdir(), 'mlaas-claims-'));
  });
  afterAll(async () => {
    await server?.remove();
    rmSync(storeDir, { recursive: true, force: true });
  });

  const open = (): Promise<Store> => openStore({ db: server.url, storeDir });
  const refused = { code: 'RESUME_IMPOSSIBLE', detail: expect.stringContaining('is going on') };

  it('are held by one at a time, whatever becomes of the store that gave them', async () => {
    const [one, other] = [await open(), await open()];
    const claim = await one.claimRun('claimed');
    await one.close();
    await expect(other.claimRun('claimed')).rejects.toMatchObject(refused);
    await (await other.claimRun('another')).release();
    await claim.release();
    await claim.release();
    await (await other.claimRun('claimed')).release();
    await other.close();
  });

  it('are held again when the server was away', async () => {
    const store = await open();
    const claim = await store.claimRun('kept');
    await server.kill();
    await server.run();
    // Whoever asks too early gets the run and gives it back.
    const isKept = async (): Promise<boolean> => {
      try {
        await (await store.claimRun('kept')).release();
        return false;
      } catch {
        return true;
      }
    };
    await expect.poll(isKept, { interval: 300 }).toBe(true);
    await expect(store.claimRun('kept')).rejects.toMatchObject(refused);
    await claim.release();
    await store.close();
  });

  it('tell the next opening which runs are dead', async () => {
    const store = await open();
    await store.write({
      runs: [runRow('alive'), runRow('dead'), runRow('done', { status: 'finished' })],
    });
    const claim = await store.claimRun('alive');
    const again = await open();
    const { rows } = await again.query('SELECT run_id, status, reason FROM runs ORDER BY run_id');
    expect(rows).toEqual([
      ['alive', 'running', null],
      ['dead', 'interrupted', 'its process ended without a word'],
      ['done', 'finished', null],
    ]);
    await claim.release();
    await again.close();
    await store.close();
  });
});
