import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store, type StoreNotice } from '#store';
import { CuttingProxy, PostgresServer, postgresBin } from './postgres-server.js';
import { runRow, telemetryRow } from './store-rows.js';

if (postgresBin === undefined) console.warn('skipped: store faults: PostgreSQL is not installed');

/** The server goes away while rows are written: every accepted row is stored once, or named as lost. */
describe.skipIf(postgresBin === undefined)('a store on a server that fails', () => {
  let server: PostgresServer;
  let storeDir: string;
  let notices: StoreNotice[];
  let run = '';
  let runs = 0;

  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(async () => server?.remove());
  beforeEach(() => {
    storeDir = mkdtempSync(join(tmpdir(), 'mlaas-faults-'));
    notices = [];
    run = `faults-${runs++}`;
  });

  const open = (url = server.url, closePatienceMs = 30_000): Promise<Store> =>
    openStore({ db: url, storeDir }, { onNotice: (notice) => notices.push(notice), closePatienceMs });
  const batch = (number: number, rows = 100) => ({
    telemetry: Array.from({ length: rows }, (_, i) => telemetryRow(run, number * rows + i)),
  });
  const codes = () => notices.map(({ code }) => code);
  const noticed = async (code: StoreNotice['code']) => {
    while (!codes().includes(code)) await sleep(20);
  };
  const spoolFolder = () => join(storeDir, 'spool', readdirSync(join(storeDir, 'spool'))[0]!);
  const spools = () => readdirSync(spoolFolder()).filter((name) => name.endsWith('.spool'));
  /** Count, different and highest sequence number of the run's rows. */
  const stored = async (store: Store) =>
    (
      await store.query(
        'select count(*), count(distinct seq), coalesce(max(seq), -1) from telemetry where run_id = $1',
        { params: [run] },
      )
    ).rows[0];

  it('keeps every row once when the server is killed and started again, in the middle of writing', async () => {
    const store = await open();
    await store.write({ runs: [runRow(run)] });
    let [written, rounds] = [0, 0];
    let writing = true;
    const writer = (async () => {
      for (let number = 0; writing; number++) {
        rounds = number;
        await store.write({ ...batch(number), runs: [runRow(run, { rounds_finished: number })] });
        written += 100;
        if (number % 10 === 9) await sleep(5);
      }
    })();
    for (const wait of [120, 350]) {
      await sleep(wait);
      await server.kill();
      await sleep(200);
      await server.run();
      await noticed('STORE_REPLAYED');
      notices = [];
    }
    writing = false;
    await writer;
    await store.close();
    const again = await open();
    expect(written).toBeGreaterThan(1000);
    expect(await stored(again)).toEqual([written, written, written - 1]);
    // The run's row is updated by every batch: the last one has won.
    expect(
      (await again.query('select rounds_finished from runs where run_id = $1', { params: [run] })).rows,
    ).toEqual([[rounds]]);
    expect(spools()).toEqual([]);
    await again.close();
  });

  it('keeps every row once when the connection is cut in the middle of a COPY', async () => {
    const proxy = await CuttingProxy.start(server.port);
    const store = await open(server.url.replace(String(server.port), String(proxy.port)));
    const rows = 3000;
    const batches = 8;
    for (let number = 0; number < batches; number++) {
      // A batch is some 600 kB, so that each cut is in another place of one.
      proxy.cutAfterBytes = 40_000 + number * 60_000;
      expect(await store.write(batch(number, rows))).toEqual({ telemetry: rows });
      await noticed('STORE_REPLAYED');
      expect(codes()).toEqual(['STORE_SPOOLING', 'STORE_REPLAYED']);
      notices = [];
    }
    await store.close();
    expect(proxy.cuts).toBe(batches);
    const again = await open();
    expect(await stored(again)).toEqual([batches * rows, batches * rows, batches * rows - 1]);
    await again.close();
    proxy.close();
  });

  it('stores a batch once whose commit the server made but could not tell of', async () => {
    const store = await open();
    await store.write(batch(0));
    await server.kill();
    const before = Date.now();
    await store.write(batch(0));
    await store.write(batch(1));
    expect(store.backlog().rows).toBe(200);
    expect(store.backlog().since).toBeGreaterThanOrEqual(before);
    await server.run();
    await noticed('STORE_REPLAYED');
    expect(store.backlog()).toEqual({ rows: 0, since: undefined });
    expect(await stored(store)).toEqual([200, 200, 199]);
    await store.close();
  });

  it('is settled when the server is back and has everything, and not before', async () => {
    const store = await open(server.url, 300);
    await server.kill();
    await store.write(batch(0));
    await expect(store.settle()).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringMatching(/1 batches \(100 rows\) wait in .*\.spool/),
    });
    await server.run();
    await noticed('STORE_REPLAYED');
    await store.settle();
    expect(await stored(store)).toEqual([100, 100, 99]);
    await store.close();
  });

  it('takes a server that hangs for one that is away, and can be closed', async () => {
    const options = { onNotice: (notice: StoreNotice) => void notices.push(notice), closePatienceMs: 300 };
    const store = await openStore({ db: server.url, storeDir }, { ...options, silenceMs: 500 });
    await store.write(batch(0));
    server.hang(true);
    try {
      expect(await store.write(batch(1))).toEqual({ telemetry: 100 });
      expect(codes()).toEqual(['STORE_SPOOLING']);
      await expect(store.query('select 1', { timeoutMs: 100 })).rejects.toMatchObject({
        code: 'STORE_UNREACHABLE',
      });
      await expect(store.close()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    } finally {
      server.hang(false);
    }
    const again = await open();
    expect(await stored(again)).toEqual([200, 200, 199]);
    await again.close();
  });

  it('tries a server that is back at once when somebody waits for it', async () => {
    const store = await open(server.url, 2500);
    await server.kill();
    await store.write(batch(0));
    // By then the next attempt would be 4 s away.
    await sleep(4500);
    await server.run();
    await store.settle();
    expect(await stored(store)).toEqual([100, 100, 99]);
    await store.close();
  });

  it('leaves what it could not store to the next opening, and says where', async () => {
    const store = await open(server.url, 300);
    await server.kill();
    await store.write(batch(0));
    await store.write(batch(1));
    await expect(store.close()).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringMatching(/2 batches \(200 rows\) wait in .*\.spool/),
    });
    await expect(open()).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
    expect(spools()).toHaveLength(1);
    await server.run();
    const again = await open();
    expect(codes()).toEqual(['STORE_SPOOLING', 'STORE_REPLAYED']);
    expect(await stored(again)).toEqual([200, 200, 199]);
    expect(spools()).toEqual([]);
    await again.close();
  });

  /** A spool of three batches that nobody has open, and its server up again. */
  async function leftSpool(): Promise<string> {
    const store = await open(server.url, 0);
    await server.kill();
    for (const number of [0, 1, 2]) await store.write(batch(number));
    await store.close().catch(() => {});
    await server.run();
    notices = [];
    return join(spoolFolder(), spools()[0]!);
  }

  it.each([
    [
      'cut in the middle of its last batch',
      (path: string) => truncateSync(path, statSync(path).size - 1000),
      2,
      1,
      /cut/,
    ],
    [
      'cut between two batches',
      (path: string) => truncateSync(path, 8 + 2 * ((statSync(path).size - 8) / 3)),
      2,
      1,
      /cut after a record/,
    ],
    ['cut to nothing', (path: string) => truncateSync(path, 0), 0, 3, /does not begin/],
    [
      'with a changed byte in its second batch',
      (path: string) => {
        const bytes = readFileSync(path);
        const middle = Math.floor(bytes.byteLength / 2);
        bytes[middle] = bytes[middle]! ^ 1;
        writeFileSync(path, bytes);
      },
      1,
      2,
      /checksum/,
    ],
  ])('stores what a spool %s still holds and names the rest', async (_, damage, kept, lost, reason) => {
    damage(await leftSpool());
    const store = await open();
    expect(codes()).toEqual(['SPOOL_DAMAGED']);
    expect(notices[0]?.message).toMatch(reason);
    expect(notices[0]?.message).toContain(`${lost} batches`);
    const named = /of (\S+\.damaged);/.exec(notices[0]!.message)?.[1];
    expect(existsSync(named!)).toBe(true);
    expect(await stored(store)).toEqual([kept * 100, kept * 100, kept * 100 - 1]);
    // It is told once: the next opening finds nothing to do.
    await store.close();
    notices = [];
    await (await open()).close();
    expect(notices).toEqual([]);
  });

  it('gives times in UTC, whatever the server is set to', async () => {
    const store = await open();
    await store.write({ runs: [runRow(run)] });
    await store.administer({ task: 'init' });
    await store.close();
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    const settings = { timezone: 'Asia/Kolkata', datestyle: 'German', intervalstyle: 'iso_8601' };
    for (const [key, value] of Object.entries(settings)) {
      await admin.query(`ALTER DATABASE postgres SET ${key} = '${value}'`);
    }
    const again = await open();
    try {
      const { rows } = await again.query(
        `SELECT created_at, created_at::timestamp, interval '1 day', date '2026-01-02' FROM runs WHERE run_id = $1`,
        { params: [run] },
      );
      const time = '2026-01-02T03:04:05.678';
      expect(rows).toEqual([[`${time}Z`, time, '1 day', '2026-01-02']]);
    } finally {
      await again.close();
      for (const key of Object.keys(settings)) await admin.query(`ALTER DATABASE postgres RESET ${key}`);
      await admin.end();
    }
  });

  it('says that it can neither store nor spool', async () => {
    const store = await open(server.url, 0);
    await server.kill();
    writeFileSync(join(storeDir, 'spool'), 'a file where a folder is wanted');
    await expect(store.write(batch(0))).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('spool cannot be written'),
    });
    rmSync(join(storeDir, 'spool'));
    await server.run();
    expect(await store.write(batch(0))).toEqual({ telemetry: 100 });
    await store.close();
  });
});
