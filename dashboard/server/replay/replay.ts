import type { Queryable } from '#store';
import type { FrameSource } from '../frames/live-view.js';
import { RunState } from '../live/run-state.js';
import { type StoredEvent, StoredRun } from './stored-run.js';

/** Of the run's time, what is read ahead at least, in milliseconds of the viewer's time. */
const readAheadMs = 1500;
/** A part of a long run that is read at once when the replay jumps. */
const jumpPartMs = 60_000;

/**
 * A stored run that plays again for one page, 1 to 1000 times as fast, in the same frames as a live one.
 * It stands still until it is told to play; a jump folds the run anew from its start.
 */
export class Replay {
  readonly #run: StoredRun;
  #state = new RunState();
  #at: number;
  #speed = 1;
  #isPlaying = false;
  #upcoming: StoredEvent[] = [];
  /** Everything up to here is folded or upcoming. */
  #loadedTo: number;
  #isLoading = false;
  #lastAdvance: number | undefined;
  /** Counts jumps: what an earlier one still loads is not wanted any more. */
  #jumps = 0;
  #failure: unknown;
  #hasNews = true;

  private constructor(run: StoredRun) {
    this.#run = run;
    this.#at = run.facts.ts;
    this.#loadedTo = run.facts.ts;
  }

  /**
   * @param at milliseconds since 1970; the run's end by default
   * @throws FleetError RUN_UNKNOWN; STORE_UNREACHABLE, STORE_FAILED
   */
  static async open(store: Queryable, run: string, at?: number): Promise<Replay> {
    const replay = new Replay(await StoredRun.open(store, run));
    await replay.seek(at ?? replay.#run.to);
    return replay;
  }

  get state(): RunState {
    return this.#state;
  }

  source(): FrameSource {
    const { facts, to } = this.#run;
    return {
      ...{ kind: 'replay', run: facts.runId, at: this.#at, from: facts.ts, to },
      speed: this.#speed,
      isPlaying: this.#isPlaying,
    };
  }

  /** Whether `source()` has changed since the last call. */
  takeNews(): boolean {
    const hasNews = this.#hasNews;
    this.#hasNews = false;
    return hasNews;
  }

  /** Plays on; from the start when it is at the end. @param speed 1..1000 */
  async play(speed: number): Promise<void> {
    this.#speed = speed;
    if (this.#at >= this.#run.to) await this.seek(this.#run.facts.ts);
    this.#isPlaying = true;
    this.#lastAdvance = undefined;
    this.#hasNews = true;
  }

  pause(): void {
    this.#isPlaying = false;
    this.#hasNews = true;
  }

  /** Jumps to a point of the run's time. */
  async seek(at: number): Promise<void> {
    const jump = ++this.#jumps;
    const { facts, to } = this.#run;
    const target = Math.min(to, Math.max(facts.ts, at));
    const state = new RunState();
    state.begin(facts);
    for (let from = facts.ts - 1; from < target; from += jumpPartMs) {
      const events = await this.#run.between(from, Math.min(target, from + jumpPartMs));
      if (jump !== this.#jumps) return;
      for (const event of events) event.fold(state);
    }
    this.#state = state;
    this.#at = target;
    this.#loadedTo = target;
    this.#upcoming = [];
    this.#lastAdvance = undefined;
    this.#hasNews = true;
  }

  /**
   * Lets time pass.
   * @param now of a clock that only goes forward, in milliseconds
   * @throws what reading the store has thrown since the last call
   */
  advance(now: number): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#isPlaying) return;
    const passed = now - (this.#lastAdvance ?? now);
    this.#lastAdvance = now;
    // It waits for the store rather than skip what is not read yet.
    this.#at = Math.min(this.#run.to, this.#at + passed * this.#speed, this.#loadedTo);
    let count = 0;
    for (const event of this.#upcoming) {
      if (event.ts > this.#at) break;
      event.fold(this.#state);
      count++;
    }
    this.#upcoming.splice(0, count);
    if (this.#at >= this.#run.to) this.#isPlaying = false;
    this.#hasNews = true;
    if (this.#loadedTo < Math.min(this.#run.to, this.#at + readAheadMs * this.#speed)) this.#readAhead();
  }

  #readAhead(): void {
    if (this.#isLoading) return;
    this.#isLoading = true;
    const jump = this.#jumps;
    const until = Math.min(this.#run.to, this.#loadedTo + 2 * readAheadMs * this.#speed);
    this.#run
      .between(this.#loadedTo, until)
      .then((events) => {
        if (jump !== this.#jumps) return;
        this.#upcoming.push(...events);
        this.#loadedTo = until;
      })
      .catch((cause: unknown) => {
        this.#failure = cause;
      })
      .finally(() => {
        this.#isLoading = false;
      });
  }
}
