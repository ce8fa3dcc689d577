import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store, type StoreNotice } from '#store';
import { PostgresServer, postgresBin } from './postgres-server.js';
import { SmallDisk } from './small-disk.js';
import { runRow, telemetryRow } from './store-rows.js';

const rows = 2000;
const batch = (run: string, number: number) => ({
  telemetry: Array.from({ length: rows }, (_, i) => telemetryRow(run, number * rows + i)),
});

/** Writes batches until one is refused. @returns how many were accepted, and the error */
async function fill(store: Store, run: string): Promise<{ accepted: number; refusal: unknown }> {
  for (let accepted = 0; ; accepted++) {
    try {
      await store.write(batch(run, accepted));
    } catch (refusal) {
      return { accepted, refusal };
    }
  }
}

/** Count, different and highest sequence number of a run's rows. */
const stored = async (store: Store, run: string) =>
  (
    await store.query(
      'select count(*), count(distinct seq), coalesce(max(seq), -1) from telemetry where run_id = $1',
      { params: [run] },
    )
  ).rows[0];
const exactly = (batches: number) => [batches * rows, batches * rows, batches * rows - 1];

const probe = SmallDisk.mount('1m');
probe?.remove();
if (probe === undefined) console.warn('skipped: stores on a full disk: no tmpfs can be mounted here');

describe.skipIf(probe === undefined)('embedded store on a full disk', () => {
  const disks: SmallDisk[] = [];
  afterAll(() => {
    for (const disk of disks) disk.remove();
  });

  // With the one a table meets the end of the disk, with the other the database's log, which is a PANIC.
  it.each(['60m', '70m'])(
    'of %s refuses what does not fit, and then has all before it, once',
    async (size) => {
      const disk = SmallDisk.mount(size)!;
      disks.push(disk);
      const storeDir = join(disk.folder, 'store');
      const store = await openStore({ storeDir });
      await store.write({ runs: [runRow('full')] });
      const { accepted, refusal } = await fill(store, 'full');
      expect(refusal).toMatchObject({ code: 'STORE_FAILED', message: expect.stringMatching(/space/i) });
      expect(accepted).toBeGreaterThan(0);
      await store.close().catch(() => undefined);
      disk.resize('400m');

      const again = await openStore({ storeDir });
      expect(await stored(again, 'full')).toEqual(exactly(accepted));
      // The refused batch can be written now.
      expect(await again.write(batch('full', accepted))).toEqual({ telemetry: rows });
      expect(await stored(again, 'full')).toEqual(exactly(accepted + 1));
      await again.close();
    },
  );
});

describe.skipIf(probe === undefined || postgresBin === undefined)('a server store and its spool', () => {
  const disk = probe && postgresBin !== undefined ? SmallDisk.mount('2m') : undefined;
  const serverDisk = probe && postgresBin !== undefined ? SmallDisk.mount('120m') : undefined;
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start(serverDisk!.folder);
  });
  afterAll(async () => {
    await server?.remove();
    serverDisk?.remove();
    disk?.remove();
  });

  it('refuses what a full spool cannot take, and stores what it took once', async () => {
    const notices: StoreNotice[] = [];
    const storeDir = join(disk!.folder, 'store');
    mkdirSync(storeDir);
    const store = await openStore(
      { db: server.url, storeDir },
      { onNotice: (notice) => notices.push(notice), closePatienceMs: 120_000 },
    );
    await store.write({ runs: [runRow('spooled')] });
    await server.kill();
    const { accepted, refusal } = await fill(store, 'spooled');
    expect(refusal).toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(/spool cannot be written: .*ENOSPC/),
    });
    expect(accepted).toBeGreaterThan(1);
    await server.run();
    await store.close();
    expect(notices.map(({ code }) => code)).toEqual(['STORE_SPOOLING', 'STORE_REPLAYED']);

    const again = await openStore({ db: server.url, storeDir });
    expect(await stored(again, 'spooled')).toEqual(exactly(accepted));
    await again.close();
  });

  it('refuses what a server on a full disk cannot take, and has every batch before it once', async () => {
    const storeDir = join(disk!.folder, 'store');
    const store = await openStore({ db: server.url, storeDir }, { closePatienceMs: 120_000 });
    await store.write({ runs: [runRow('server')] });
    const { accepted, refusal } = await fill(store, 'server');
    expect(refusal).toMatchObject({ code: 'STORE_FAILED', message: expect.stringMatching(/space|ENOSPC/i) });
    expect(accepted).toBeGreaterThan(0);
    serverDisk!.resize('600m');
    await server.recovered();
    await store.close();

    const again = await openStore({ db: server.url, storeDir });
    expect(await stored(again, 'server')).toEqual(exactly(accepted));
    await again.close();
  });
});
