import { type ChildProcess, spawn } from 'node:child_process';
import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreLock } from '#internal/store/lock.js';
import { processStart } from '#internal/store/process-identity.js';
import { type LockHolder, readLock } from '#store';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mlaas-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const lockFile = () => join(dir, 'lock');
const token = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** A lock such as a process leaves that was killed; by default one whose process id is in use again. */
function leaveLock(path: string, over: Partial<LockHolder> = {}): LockHolder {
  const holder: LockHolder = {
    token: token(1),
    pid: process.pid,
    processStart: 'before this process',
    host: hostname(),
    startedAt: '2026-01-02T03:04:05.678Z',
    ...over,
  };
  writeFileSync(path, JSON.stringify(holder));
  return holder;
}

describe('StoreLock', () => {
  it('is held by one, read by all, and free after release', () => {
    expect(readLock(dir)).toBeUndefined();
    const lock = StoreLock.take(dir);
    expect(readLock(dir)).toMatchObject({ pid: process.pid, host: hostname() });
    expect(() => StoreLock.take(dir)).toThrow(
      expect.objectContaining({
        code: 'STORE_LOCKED',
        detail: expect.stringContaining(`process ${process.pid} holds ${dir}`),
      }),
    );
    lock.release();
    lock.release();
    expect(readLock(dir)).toBeUndefined();
    StoreLock.take(dir).release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('tells where its holder answers', () => {
    const lock = StoreLock.take(dir);
    lock.advertise('http://127.0.0.1:8080');
    expect(readLock(dir)?.apiUrl).toBe('http://127.0.0.1:8080');
    lock.release();
    lock.advertise('http://127.0.0.1:8080');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('takes over from a process that is gone, also where its id is in use again', () => {
    leaveLock(lockFile());
    expect(readLock(dir)).toBeUndefined();
    const lock = StoreLock.take(dir);
    expect(readLock(dir)?.processStart).toBe(processStart(process.pid));
    expect(readdirSync(dir)).toEqual(['lock']);
    lock.release();
  });

  it('goes on where a take-over itself was killed, at any of its steps', () => {
    leaveLock(lockFile(), { token: token(1) });
    leaveLock(`${lockFile()}.after-${token(1)}`, { token: token(2) });
    leaveLock(`${lockFile()}.after-${token(2)}`, { token: token(3) });
    const lock = StoreLock.take(dir);
    expect(readdirSync(dir)).toEqual(['lock']);
    lock.release();

    // Killed after it had put its lock in place, before it cleared its claim away.
    leaveLock(lockFile(), { token: token(4) });
    linkSync(lockFile(), `${lockFile()}.after-${token(3)}`);
    StoreLock.take(dir).release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('refuses while another process takes over', () => {
    leaveLock(lockFile(), { token: token(1) });
    leaveLock(`${lockFile()}.after-${token(1)}`, {
      token: token(2),
      processStart: processStart(process.pid)!,
    });
    expect(() => StoreLock.take(dir)).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
    expect(JSON.parse(readFileSync(lockFile(), 'utf8')).token).toBe(token(1));
  });

  it('leaves a lock of another machine alone and names the file to delete', () => {
    leaveLock(lockFile(), { host: 'elsewhere' });
    expect(readLock(dir)).toMatchObject({ host: 'elsewhere' });
    expect(() => StoreLock.take(dir)).toThrow(
      expect.objectContaining({
        code: 'STORE_LOCKED',
        detail: expect.stringMatching(/on elsewhere.*delete .*lock/),
      }),
    );
  });

  it('does not release what has become another’s', () => {
    const lock = StoreLock.take(dir);
    leaveLock(lockFile(), { token: token(9) });
    lock.release();
    expect(readdirSync(dir)).toEqual(['lock']);
  });

  it('is STORE_FAILED on a file that is no lock', () => {
    writeFileSync(lockFile(), '{}');
    expect(() => StoreLock.take(dir)).toThrow(expect.objectContaining({ code: 'STORE_FAILED' }));
    expect(() => readLock(dir)).toThrow(expect.objectContaining({ code: 'STORE_FAILED' }));
  });

  it('lets one of many processes have it that start at once on a stale lock', async () => {
    const takers = Array.from({ length: 5 }, () =>
      spawn(process.execPath, [fileURLToPath(new URL('./lock-taker.mjs', import.meta.url)), dir], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const lines = takers.map((taker) => createInterface({ input: taker.stdout! })[Symbol.asyncIterator]());
    const answers = async () =>
      await Promise.all(lines.map(async (line) => (await line.next()).value as string));
    const tell = (taker: ChildProcess, word: string) => taker.stdin?.write(`${word}\n`);
    try {
      expect(await answers()).toEqual(takers.map(() => 'ready'));
      for (let round = 1; round <= 40; round++) {
        leaveLock(lockFile(), { token: token(round) });
        for (const taker of takers) tell(taker, 'take');
        const outcome = await answers();
        expect(outcome.filter((word) => word === 'taken')).toHaveLength(1);
        expect(outcome.filter((word) => word === 'STORE_LOCKED')).toHaveLength(takers.length - 1);
        for (const taker of takers) tell(taker, 'release');
        await answers();
        expect(readdirSync(dir)).toEqual([]);
      }
    } finally {
      for (const taker of takers) taker.kill('SIGKILL');
    }
  });
});

describe('processStart', () => {
  it('is the same for a process as long as it lives, and nothing afterwards', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: 'pipe' });
    const start = processStart(child.pid!);
    expect(start).toMatch(/./);
    expect(start).not.toBe(processStart(process.pid));
    expect(processStart(child.pid!)).toBe(start);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(processStart(child.pid!)).toBeUndefined();
  });
});
