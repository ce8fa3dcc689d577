import type { RunActions } from '#dashboard';
import { agentId, FleetError, type RunEventStream } from '#protocol';
import type { Supervisor } from './supervisor.js';

/** How long an agent that is slowed stays so. */
const slowSeconds = 20;

/** What a user can do to a run that goes on. Each deed is an event of the run, so that its data tell of it. */
export class RunControl implements RunActions {
  readonly #events: RunEventStream;
  readonly #controller: AbortController;
  #supervisor: Supervisor | undefined;
  #resumed: Promise<void> | undefined;
  #resume: () => void = () => {};

  constructor(events: RunEventStream, controller: AbortController) {
    this.#events = events;
    this.#controller = controller;
  }

  /** From now on agents can be reached. */
  supervise(supervisor: Supervisor): void {
    this.#supervisor = supervisor;
  }

  /** No round begins until `resume`; the one that goes on is finished. */
  pause(): void {
    if (this.#resumed !== undefined) return;
    this.#resumed = new Promise((resolve) => {
      this.#resume = resolve;
    });
    this.#tell('RUN_PAUSED', 'paused by a user: no round begins after this one');
  }

  resume(): void {
    if (this.#resumed === undefined) return;
    this.#resumed = undefined;
    this.#resume();
    this.#tell('RUN_RESUMED', 'resumed by a user');
  }

  stop(): void {
    this.#controller.abort(new FleetError('INTERRUPTED', 'by a user of the page'));
  }

  kill(client: number): boolean {
    if (this.#supervisor?.kill(client) !== true) return false;
    this.#tell('AGENT_KILLED', `${agentId(client)} was killed by a user`, client);
    return true;
  }

  slow(client: number): boolean {
    if (this.#supervisor?.slow(client, slowSeconds) !== true) return false;
    const text = `${agentId(client)} was slowed by a user: a quarter of its speed for ${slowSeconds} s`;
    this.#tell('AGENT_SLOWED', text, client);
    return true;
  }

  /** Resolves when a round may begin: at once, after `resume`, or when the run is ended. */
  async mayBegin(): Promise<void> {
    const { signal } = this.#controller;
    if (this.#resumed === undefined || signal.aborted) return;
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#resumed, aborted]);
  }

  #tell(code: string, message: string, client?: number): void {
    this.#events.publish({ type: 'log', ts: Date.now(), level: 'info', code, message, client });
  }
}
