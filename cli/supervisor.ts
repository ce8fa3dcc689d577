import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { agentId, errorRegistry } from '#protocol';
import { slowProcess } from './slow-process.js';

export interface SupervisorOptions {
  /** Client indices to start, one process each. */
  readonly clients: readonly number[];
  /** Node's arguments that start an agent's process, before those of `mlaas agent`. */
  readonly nodeArguments: readonly string[];
  /** Arguments of `mlaas agent` but for `--id`. */
  readonly agentArguments: readonly string[];
  /** The environment of a client, with what process lists must not show, such as its token. */
  readonly environment: (client: number) => NodeJS.ProcessEnv;
  /** Where each agent's output goes, a file an agent. */
  readonly logDir: string;
  readonly onRestart: (client: number, exit: string) => void;
  readonly onGivenUp: (client: number, exit: string) => void;
}

/** Starts in a row without the agent becoming ready before it is given up. */
const maxFailedStarts = 5;
/** Exits that another start cannot mend: wrong run or data, refused, no engine. */
const permanentExits = new Set(
  (
    [
      'DATASET_UNAVAILABLE',
      'DATASET_CORRUPT',
      'CACHE_UNWRITABLE',
      'DATASET_INVALID',
      'BROKER_REFUSED',
      'AGENT_REFUSED',
      'ENGINE_UNAVAILABLE',
    ] as const
  ).map((code) => errorRegistry[code].exitCode),
);

/**
 * Starts agent processes, no more at once than the machine can start in parallel, and restarts
 * those that end unasked. Agents end by themselves when this process goes away (their IPC channel
 * closes), so that not even SIGKILL leaves any behind.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #running = new Map<number, ChildProcess>();
  readonly #startSlots: StartSlots;
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    // Loading the engine is CPU work: two starts a core keep every core busy.
    this.#startSlots = new StartSlots(2 * availableParallelism());
    mkdirSync(options.logDir, { recursive: true });
  }

  start(): void {
    for (const client of this.#options.clients) {
      // Not even a log file that cannot be opened may end the whole run.
      this.#keepRunning(client).catch((cause: unknown) => this.#options.onGivenUp(client, String(cause)));
    }
  }

  /** Ends an agent's process at once, as a power failure would. @returns whether one runs here */
  kill(client: number): boolean {
    return this.#running.get(client)?.kill('SIGKILL') ?? false;
  }

  /**
   * Lets an agent's process run a quarter of the time, as on a busy device.
   * @returns whether one runs here
   */
  slow(client: number, seconds: number): boolean {
    const child = this.#running.get(client);
    if (child === undefined) return false;
    slowProcess(child, seconds, () => this.#stopping);
    return true;
  }

  /** From now on an agent that ends was asked to, and is not started again. */
  expectEnd(): void {
    this.#stopping = true;
  }

  /** Asks all agents to end, then kills those that have not after `graceMs`. */
  async stop(graceMs = 3000): Promise<void> {
    this.expectEnd();
    const children = [...this.#running.values()];
    const ended = Promise.all(children.map((child) => exitOf(child)));
    for (const child of children) {
      child.kill('SIGTERM');
      // One that is slowed may be stopped just now: it must run on to hear that.
      child.kill('SIGCONT');
    }
    await Promise.race([ended, delay(graceMs, undefined, { ref: false })]);
    for (const child of this.#running.values()) child.kill('SIGKILL');
    await ended;
  }

  async #keepRunning(client: number): Promise<void> {
    let failedStarts = 0;
    while (!this.#stopping) {
      const { becameReady, exit, code } = await this.#runOnce(client);
      if (this.#stopping) return;
      failedStarts = becameReady ? 0 : failedStarts + 1;
      if (failedStarts >= maxFailedStarts || (code !== null && permanentExits.has(code))) {
        this.#options.onGivenUp(client, exit);
        return;
      }
      this.#options.onRestart(client, exit);
      await delay(becameReady ? 100 : Math.min(5000, 250 * 2 ** failedStarts), undefined, { ref: false });
    }
  }

  async #runOnce(client: number): Promise<{ becameReady: boolean; exit: string; code: number | null }> {
    const release = await this.#startSlots.take();
    if (this.#stopping) {
      release();
      return { becameReady: false, exit: 'not started', code: 0 };
    }
    const child = this.#spawn(client);
    this.#running.set(client, child);
    let becameReady = false;
    child.once('message', () => {
      becameReady = true;
      release();
    });
    const { code, signal } = await exitOf(child);
    release();
    this.#running.delete(client);
    return { becameReady, exit: signal ?? `exit code ${code}`, code };
  }

  #spawn(client: number): ChildProcess {
    const { nodeArguments, agentArguments, environment, logDir } = this.#options;
    const log = openSync(join(logDir, `${agentId(client)}.log`), 'a');
    try {
      return spawn(process.execPath, [...nodeArguments, '--id', agentId(client), ...agentArguments], {
        // A session of its own: Ctrl-C reaches this process alone, which then stops the agents in order.
        detached: true,
        stdio: ['ignore', log, log, 'ipc'],
        env: environment(client),
      });
    } finally {
      closeSync(log);
    }
  }
}

/** Hands out a bounded number of start permits in the order of asking. */
class StartSlots {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /** @returns a function that gives the permit back; calling it twice does nothing */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#queue.shift();
      if (next) next();
      else this.#free++;
    };
  }
}

function exitOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve({ code: child.exitCode, signal: child.signalCode });
      return;
    }
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 70, signal: null }));
  });
}
