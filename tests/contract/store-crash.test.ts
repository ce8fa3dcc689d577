import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '#protocol';
import { inspectStore, openStore, readLock } from '#store';
import { runRow, telemetryRow } from './store-rows.js';

/** The embedded store when processes are killed, or meet on one folder. */
const writer = fileURLToPath(new URL('./store-writer.mjs', import.meta.url));

interface WriterProcess {
  readonly process: ChildProcess;
  /** Resolves at the first line that starts with `text`, with the number behind it. */
  line(text: string): Promise<number>;
  last: { written: number; checkpoint: number };
  kill(): Promise<void>;
}

function startWriter(storeDir: string, run: string, first: number): WriterProcess {
  const process = spawn(globalThis.process.execPath, [writer, storeDir, run, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const last = { written: first, checkpoint: first };
  const lines = createInterface({ input: process.stdout! });
  const ended = new Promise<void>((resolve) => process.once('exit', () => resolve()));
  const drained = new Promise<void>((resolve) => lines.once('close', resolve));
  lines.on('line', (line) => {
    const [word, number] = line.split(' ');
    if (word === 'written' || word === 'checkpoint') last[word] = Number(number);
  });
  return {
    process,
    last,
    line: (text) =>
      new Promise((resolve, reject) => {
        lines.on('line', (line) => line.startsWith(text) && resolve(Number(line.split(' ')[1])));
        process.once('exit', (code) => reject(new Error(`the writer ended with ${code}`)));
      }),
    kill: async () => {
      process.kill('SIGKILL');
      await Promise.all([ended, drained]);
    },
  };
}

describe('embedded store under SIGKILL', () => {
  let storeDir: string;
  beforeAll(async () => {
    storeDir = mkdtempSync(join(tmpdir(), 'mlaas-crash-'));
    const store = await openStore({ storeDir });
    await store.write({ runs: [runRow('killed')] });
    await store.close();
  });
  afterAll(() => rmSync(storeDir, { recursive: true, force: true }));

  it('has all that was written when its writer is killed, again and again, and nothing twice', async () => {
    let next = 0;
    for (const delayMs of [0, 3, 11, 23, 47, 90]) {
      const child = startWriter(storeDir, 'killed', next);
      await child.line('checkpoint');
      await sleep(delayMs);
      await child.kill();
      expect(child.last.checkpoint).toBeGreaterThan(next);

      // The killed writer's lock is stale: opening takes it over.
      const store = await openStore({ storeDir });
      try {
        const count = async () =>
          (
            await store.query(
              'select count(*), count(distinct seq), min(seq), max(seq) + 1 from telemetry where boot = 1',
            )
          ).rows[0];
        const [total] = (await count())!;
        // Batches are whole and without a gap; what was only checkpointed is the least to be there.
        expect(await count()).toEqual([total, total, 0, total]);
        expect(Number(total)).toBeGreaterThanOrEqual(child.last.checkpoint);
        expect(Number(total)).toBeGreaterThanOrEqual(child.last.written);
        expect(Number(total) % 100).toBe(0);

        const again = Array.from({ length: Number(total) }, (_, seq) => ({
          ...telemetryRow('killed', seq),
          client_id: 0,
          boot: 1,
          sent_at: 1_750_000_000_000 + seq,
        }));
        expect(await store.write({ telemetry: again })).toEqual({ telemetry: 0 });
        expect(await count()).toEqual([total, total, 0, total]);
        next = Number(total);
      } finally {
        await store.close();
      }
    }
  });

  it('says that a run was interrupted whose process was killed', async () => {
    const store = await openStore({ storeDir });
    expect((await store.query(`select status from runs where run_id = 'killed'`)).rows).toEqual([
      ['interrupted'],
    ]);
    await store.close();
  });

  it('refuses a second process, tells who holds the folder, and lets it in afterwards', async () => {
    const child = startWriter(storeDir, 'held', 0);
    await child.line('written');
    try {
      expect(readLock(storeDir)).toMatchObject({ pid: child.process.pid });
      await expect(openStore({ storeDir })).rejects.toMatchObject({
        code: 'STORE_LOCKED',
        exitCode: 30,
        message: expect.stringMatching(new RegExp(`process ${child.process.pid} .*${storeDir}`)),
      });
      // The refusal did the holder no harm.
      await child.line('checkpoint');
    } finally {
      await child.kill();
    }
    expect(readLock(storeDir)).toBeUndefined();
    await (await openStore({ storeDir })).close();
  });

  it('refuses a second opening in the same process, also by another path', async () => {
    const link = `${storeDir}-link`;
    symlinkSync(storeDir, link);
    const store = await openStore({ storeDir });
    try {
      await expect(openStore({ storeDir })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
      await expect(openStore({ storeDir: link })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
      await store.advertise('http://127.0.0.1:8080');
      expect(readLock(link)).toMatchObject({ pid: process.pid, apiUrl: 'http://127.0.0.1:8080' });
      expect((await store.query('select 1')).rows).toEqual([[1]]);
    } finally {
      await store.close();
      rmSync(link);
    }
    expect(readLock(storeDir)).toBeUndefined();
    expect(readdirSync(storeDir)).toEqual(['database']);
  });
});

/** Every file under a folder, with its content's hash. */
function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => `${path} ${sha256(readFileSync(path))}`)
    .sort();
}

describe('embedded store of a folder that is not as it should be', () => {
  let parent: string;
  beforeAll(() => {
    parent = mkdtempSync(join(tmpdir(), 'mlaas-folder-'));
  });
  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  it('is made anew where its making was interrupted', async () => {
    const storeDir = join(parent, 'not/yet/there');
    mkdirSync(join(storeDir, 'database.new/base'), { recursive: true });
    writeFileSync(join(storeDir, 'database.new/PG_VERSION'), '18\n');
    const store = await openStore({ storeDir });
    expect((await store.query('select count(*) from runs')).rows).toEqual([[0]]);
    await store.close();
    expect(existsSync(join(storeDir, 'database.new'))).toBe(false);
  });

  it('is made where its folder is there but empty', async () => {
    const storeDir = join(parent, 'empty');
    mkdirSync(join(storeDir, 'database'), { recursive: true });
    const store = await openStore({ storeDir });
    expect((await store.query('select count(*) from runs')).rows).toEqual([[0]]);
    await store.close();
  });

  it('is left as it is where a copy lacks PG_VERSION, and opens again with it', async () => {
    const storeDir = join(parent, 'copy');
    const store = await openStore({ storeDir });
    await store.write({ runs: [runRow('kept')] });
    await store.close();
    const version = join(storeDir, 'database/PG_VERSION');
    renameSync(version, join(parent, 'PG_VERSION'));
    const before = filesUnder(storeDir);
    for (const open of [openStore, inspectStore]) {
      await expect(open({ storeDir })).rejects.toMatchObject({
        code: 'STORE_FAILED',
        message: expect.stringMatching(/copy\/database is not whole.* PG_VERSION is missing.*restore/),
      });
    }
    expect(filesUnder(storeDir)).toEqual(before);
    renameSync(join(parent, 'PG_VERSION'), version);
    const again = await openStore({ storeDir });
    expect((await again.query('select run_id from runs')).rows).toEqual([['kept']]);
    await again.close();
  });

  it('is never made anew while it is open', async () => {
    const storeDir = join(parent, 'open');
    const store = await openStore({ storeDir });
    // The query takes its thread with it: the next one opens the folder again.
    await expect(store.query('select pg_sleep(10)', { timeoutMs: 50 })).rejects.toThrow('longer than');
    rmSync(join(storeDir, 'database/PG_VERSION'));
    await expect(store.query('select 1')).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await store.close();
    expect(existsSync(join(storeDir, 'database/PG_VERSION'))).toBe(false);
  });

  it('is STORE_FAILED, with what is wrong, and leaves no lock', async () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    await expect(openStore({ storeDir: file })).rejects.toMatchObject({ code: 'STORE_FAILED' });

    const broken = join(parent, 'broken');
    mkdirSync(join(broken, 'database'), { recursive: true });
    writeFileSync(join(broken, 'database/PG_VERSION'), '18\n');
    await expect(openStore({ storeDir: broken })).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(readLock(broken)).toBeUndefined();
  });
});
