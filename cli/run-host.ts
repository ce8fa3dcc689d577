import { startDashboard } from '#dashboard';
import { type RunConfig, RunEventStream } from '#protocol';
import { briefQueries, noteRun, openStore, type Store, type StoreNotice } from '#store';
import { Cleanup } from './cleanup.js';
import { launch } from './launch.js';
import type { ResumePoint } from './resume-point.js';
import type { Run } from './run.js';
import type { RunSummary } from './run-summary.js';

export interface RunHostOptions {
  /** Says where the store is and where the page listens. */
  readonly config: RunConfig;
  /** Port of the page where the user names none; 0 takes any free one. */
  readonly defaultPort: number;
  /** Whether users of the page may ask for runs: somebody takes them from `nextRequest`. */
  readonly mayStart: boolean;
  /** Closes the page and the store; the caller runs it. */
  readonly cleanup: Cleanup;
  /** Ends the run that goes on. */
  readonly signal: AbortSignal;
}

/** A run that a user of the page asks for, and waits to hear of. */
export interface RunRequest {
  readonly config: RunConfig;
  readonly begun: (runId: string) => void;
  readonly failed: (cause: unknown) => void;
}

/** A process with its store and its page, in which runs go on one after the other. */
export class RunHost {
  /** There once the page is up, too. */
  readonly #store: Promise<Store>;
  readonly #signal: AbortSignal;
  /** The events of every run, for the page. */
  readonly #events = new RunEventStream();
  /** What the last run that could begin was asked to be; before the first, what that is asked to be. */
  #config: RunConfig;
  /** The run that goes on, or the last one. */
  #run: Run | undefined;
  /** Whether that one goes on. */
  #isRunning = false;
  /** There while somebody waits for a request. */
  #take: ((request: RunRequest) => void) | undefined;

  /** Opens store and page, while the first run gets its data ready; what goes wrong fails that run. */
  constructor(options: RunHostOptions) {
    const { config, cleanup, signal } = options;
    this.#config = config;
    this.#signal = signal;
    this.#store = this.#open(options);
    // Adds its own steps by then, which are next.
    cleanup.add('opening', () => this.#store.then(noop, noop));
  }

  /**
   * One run, from its data to its CSV; what it has opened is closed again, however it ends.
   * @param begun told the run's id when it is prepared
   * @throws FleetError what ended it, such as INTERRUPTED; STORE_LOCKED, STORE_UNREACHABLE, STORE_VERSION,
   *   STORE_FAILED; PORT_IN_USE
   */
  async execute(
    config: RunConfig,
    {
      resume,
      begun,
    }: { readonly resume?: ResumePoint | undefined; readonly begun?: RunRequest['begun'] } = {},
  ): Promise<RunSummary> {
    const cleanup = new Cleanup();
    // Its own: a run that a user stops ends alone.
    const controller = new AbortController();
    const abort = (): void => controller.abort(this.#signal.reason);
    this.#signal.addEventListener('abort', abort, { once: true });
    try {
      return await launch({
        ...{ config, store: this.#store, cleanup, controller, resume },
        onPrepared: (run) => {
          this.#config = config;
          this.#run = run;
          this.#isRunning = true;
          run.events.subscribe((event) => this.#events.publish(event));
          begun?.(run.id);
        },
      });
    } finally {
      this.#isRunning = false;
      this.#signal.removeEventListener('abort', abort);
      for (const failure of await cleanup.run()) tell(`while closing: ${failure}`);
    }
  }

  /** The next run that a user of the page asks for; undefined once the signal is given. */
  async nextRequest(): Promise<RunRequest | undefined> {
    if (this.#signal.aborted) return undefined;
    return await new Promise((resolve) => {
      const end = (): void => resolve(undefined);
      this.#signal.addEventListener('abort', end, { once: true });
      this.#take = (request) => {
        this.#take = undefined;
        this.#signal.removeEventListener('abort', end);
        resolve(request);
      };
    });
  }

  async #open(options: RunHostOptions): Promise<Store> {
    const store = await openStore(options.config, { onNotice: (notice) => this.#tellOfStore(notice) });
    options.cleanup.add('store', () => store.close());
    options.signal.throwIfAborted();
    await this.#openPage(store, options);
    return store;
  }

  async #openPage(store: Store, { config, defaultPort, mayStart, cleanup }: RunHostOptions): Promise<void> {
    const { host, port = defaultPort } = config;
    const dashboard = await startDashboard({
      ...{ host, port },
      store: briefQueries(store, () => this.#isRunning),
      events: this.#events,
      actions: () => (this.#isRunning ? this.#run?.control : undefined),
      starter: mayStart ? { like: () => this.#config, start: (next) => this.#start(next) } : undefined,
      writeNote: (run, note) => noteRun(store, run, note),
      writer: () => this.#run && writerState(this.#run, store),
      token: process.env.MLAAS_DASHBOARD_TOKEN,
    });
    cleanup.add('dashboard', () => dashboard.close());
    await store.advertise(dashboard.url);
    tell(`page ${dashboard.url}`);
  }

  async #start(config: RunConfig): Promise<string | undefined> {
    const take = this.#take;
    if (take === undefined) return undefined;
    return await new Promise((begun, failed) => take({ config, begun, failed }));
  }

  /** What the store does by itself is told at once and, as an event, stored with the run and shown. */
  #tellOfStore(notice: StoreNotice): void {
    if (this.#run === undefined) tell(notice.message);
    else this.#run.progress.note(notice.message);
    this.#run?.events.publish({ type: 'log', ts: Date.now(), ...notice });
  }
}

function writerState({ recorder }: Run, store: Store) {
  const [memory, disk] = [recorder.backlog(), store.backlog()];
  const taken = Object.values(recorder.counts()).reduce((sum, count) => sum + count, 0);
  return {
    rows: Math.max(0, taken - disk.rows),
    waiting: memory.rows,
    spooled: disk.rows,
    // What waits on disk came before what waits in memory.
    waitingSince: disk.since ?? memory.since,
    ...recorder.losses(),
  };
}

const noop = (): void => {};

const tell = (text: string): void => void process.stderr.write(`${text}\n`);
