import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entryPoint = join(root, 'dist/bin/mlaas.js');

/** Where the real datasets lie, or undefined on a machine without them. */
export const dataDir = [process.env.MLAAS_TEST_DATA_DIR, resolve(root, '../shared/data')].find(
  (folder) => folder !== undefined && existsSync(join(folder, 'mnist')),
);

const folders: string[] = [];
const started: ChildProcess[] = [];

/** Whatever a test did or failed to do, nothing of it stays behind. */
afterAll(async () => {
  const running = started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  await Promise.all(
    running.map((child) => {
      child.kill('SIGKILL');
      return once(child, 'close');
    }),
  );
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A fresh folder to work in: no store, no outputs. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mlaas-e2e-'));
  folders.push(folder);
  return folder;
}

/** One cache for all tests of a file, so that the digits are rendered once. */
const cacheDir = join(tmpdir(), 'mlaas-e2e-cache');

/** A running `mlaas` command with what it has printed so far. */
export class Mlaas {
  readonly child: ChildProcess;
  readonly cwd: string;
  stdout = '';
  stderr = '';
  readonly #exit: Promise<{ code: number | null; signal: string | null }>;
  #isClosed = false;

  /**
   * @param options `program`: another entry point than the bundled one; `stdout`: the descriptor of a file that gets
   *   what it prints
   */
  constructor(
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string>; program?: string; stdout?: number } = {},
  ) {
    this.cwd = options.cwd ?? freshFolder();
    const cached = ['up', 'generate', 'resume', 'agent', 'autogen'].includes(args[0] ?? '')
      ? ['--cache-dir', cacheDir]
      : [];
    this.child = spawn(process.execPath, [options.program ?? entryPoint, ...args, ...cached], {
      cwd: this.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'],
    });
    started.push(this.child);
    this.child.stdout?.on('data', (text: Buffer) => {
      this.stdout += text;
    });
    this.child.stderr?.on('data', (text: Buffer) => {
      this.stderr += text;
    });
    this.#exit = once(this.child, 'close').then(([code, signal]) => {
      this.#isClosed = true;
      return { code, signal };
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  async exit(): Promise<{ code: number | null; signal: string | null }> {
    return this.#exit;
  }

  /** Waits until stderr matches; fails with what was printed when the command ends before. */
  async sees(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const match = this.stderr.match(pattern);
      if (match) return match;
      // Not as soon as it has ended: its last lines may still be on their way.
      if (this.#isClosed) throw new Error(`ended without ${pattern}:\n${this.stderr}`);
      await delay(20);
    }
  }

  /** The `--json` summary line. */
  summary(): Record<string, unknown> {
    return JSON.parse(this.stdout.trim().split('\n').at(-1)!);
  }
}

/** Runs a command to its end. */
export async function mlaas(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Mlaas & { code: number | null }> {
  const command = new Mlaas(args, options);
  const { code } = await command.exit();
  return Object.assign(command, { code });
}

/** Process ids of the agents that a command has started, by agent id. */
export function agentPids(parent: number): Map<string, number> {
  // Wide twice: lines are else cut to $COLUMNS where that is set.
  const list = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return new Map(
    list.split('\n').flatMap((line) => {
      const match = /^\s*(\d+)\s+(\d+)\s.*agent\.js --id (c\d+)/.exec(line);
      return match && Number(match[2]) === parent ? [[match[3]!, Number(match[1])] as const] : [];
    }),
  );
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that its parent has not reaped yet does nothing any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Waits until none of the processes is left, by default well within the half minute in which an agent waits for
 * a broker that is away. @returns those that are, after `withinMs`
 */
export async function survivors(pids: Iterable<number>, withinMs = 20_000): Promise<number[]> {
  const end = Date.now() + withinMs;
  for (;;) {
    const left = [...pids].filter(isAlive);
    if (left.length === 0 || Date.now() > end) return left;
    await delay(50);
  }
}

/** A CSV without quoted line breaks, as objects. */
export function readCsv(path: string): Record<string, string>[] {
  const [header = [], ...rows] = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map((m) => m[1] ?? ''));
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])));
}
