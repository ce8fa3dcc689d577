import { RunState } from '../live/run-state.js';
import type { StoredEvent, StoredRun } from './stored-run.js';

/** A part of a long run that is read at once on a way through it. */
const partMs = 60_000;

/** A point of a stored run's time, with the state that its events have made up to there. It only goes forward. */
export class ReplayPlace {
  readonly state = new RunState();
  readonly #run: StoredRun;
  #at: number;
  #upcoming: StoredEvent[] = [];
  /** Everything up to here is folded or upcoming. */
  #loadedTo: number;

  /** The start of the run. */
  constructor(run: StoredRun) {
    const { facts } = run;
    this.#run = run;
    this.#at = facts.ts;
    // Something may have happened in the very instant of the start.
    this.#loadedTo = facts.ts - 1;
    this.state.begin(facts);
  }

  /** Milliseconds since 1970. */
  get at(): number {
    return this.#at;
  }

  get loadedTo(): number {
    return this.#loadedTo;
  }

  /** Folds what has been read up to a point, which must not be beyond `loadedTo`. */
  advance(to: number): void {
    this.#at = Math.max(this.#at, to);
    let count = 0;
    for (const event of this.#upcoming) {
      if (event.ts > this.#at) break;
      event.fold(this.state);
      count++;
    }
    this.#upcoming.splice(0, count);
  }

  /**
   * Reads on up to a point. Once the signal is aborted, what comes is not taken.
   * @throws FleetError what the store throws, QUERY_FAILED once the signal is aborted
   */
  async read(until: number, signal: AbortSignal): Promise<void> {
    const events = await this.#run.between(this.#loadedTo, until, signal);
    signal.throwIfAborted();
    // One by one: of more than a hundred thousand, a call cannot take each as an argument.
    for (const event of events) this.#upcoming.push(event);
    this.#loadedTo = until;
  }

  /**
   * Goes on to a later point, part by part: where it is given up, it stands at the end of one.
   * @throws as `read`
   */
  async goOn(target: number, signal: AbortSignal): Promise<void> {
    this.advance(Math.min(target, this.#loadedTo));
    while (this.#loadedTo < target) {
      await this.read(Math.min(target, this.#loadedTo + partMs), signal);
      this.advance(this.#loadedTo);
    }
  }
}
