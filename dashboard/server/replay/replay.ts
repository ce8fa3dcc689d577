import type { Queryable } from '#store';
import type { ReplaySource } from '../frames/live-view.js';
import type { RunState } from '../live/run-state.js';
import { ReplayPlace } from './replay-place.js';
import { StoredRun } from './stored-run.js';

/** Of the run's time, what is read ahead at least, in milliseconds of the viewer's time. */
const readAheadMs = 1500;
/**
 * A stored run that plays again for one page, 1 to 1000 times as fast, in the same frames as a live one.
 * It stands still until it is told to play.
 */
export class Replay {
  readonly #run: StoredRun;
  #place: ReplayPlace;
  #speed = 1;
  #isPlaying = false;
  /** What reads the store: a jump, or the reading ahead; aborted by the next jump. */
  #reading: AbortController | undefined;
  #isJumping = false;
  #lastAdvance: number | undefined;
  #failure: unknown;
  #hasNews = true;

  private constructor(run: StoredRun) {
    this.#run = run;
    this.#place = new ReplayPlace(run);
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
    return this.#place.state;
  }

  source(): ReplaySource {
    const { facts, to } = this.#run;
    return {
      ...{ kind: 'replay', run: facts.runId, at: this.#place.at, from: facts.ts, to },
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
    this.#isPlaying = true;
    this.#lastAdvance = undefined;
    this.#hasNews = true;
    if (!this.#isJumping && this.#place.at >= this.#run.to) await this.seek(this.#run.facts.ts);
  }

  pause(): void {
    this.#isPlaying = false;
    this.#hasNews = true;
  }

  /**
   * Jumps to a point of the run's time: forward from where it is, back from the run's start. The next jump gives
   * up one that is under way.
   */
  async seek(at: number): Promise<void> {
    const target = Math.min(this.#run.to, Math.max(this.#run.facts.ts, at));
    const place = target < this.#place.at ? new ReplayPlace(this.#run) : this.#place;
    const reading = this.#beginReading();
    this.#isJumping = true;
    try {
      await place.goOn(target, reading.signal);
      this.#place = place;
    } catch (cause) {
      if (!reading.signal.aborted) throw cause;
    } finally {
      this.#hasNews = true;
      if (this.#endReading(reading)) this.#isJumping = false;
      this.#lastAdvance = undefined;
    }
  }

  /**
   * Lets time pass, but for while it jumps.
   * @param now of a clock that only goes forward, in milliseconds
   * @throws what reading the store has thrown since the last call
   */
  advance(now: number): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#isPlaying || this.#isJumping) return;
    const { to } = this.#run;
    const place = this.#place;
    const passed = now - (this.#lastAdvance ?? now);
    this.#lastAdvance = now;
    // It waits for the store rather than skip what is not read yet.
    place.advance(Math.min(to, place.at + passed * this.#speed, place.loadedTo));
    if (place.at >= to) this.#isPlaying = false;
    this.#hasNews = true;
    if (place.loadedTo < Math.min(to, place.at + readAheadMs * this.#speed)) this.#readAhead();
  }

  #readAhead(): void {
    if (this.#reading !== undefined) return;
    const reading = this.#beginReading();
    const until = Math.min(this.#run.to, this.#place.loadedTo + 2 * readAheadMs * this.#speed);
    this.#place
      .read(until, reading.signal)
      .catch((cause: unknown) => {
        if (!reading.signal.aborted) this.#failure = cause;
      })
      .finally(() => this.#endReading(reading));
  }

  #beginReading(): AbortController {
    this.#reading?.abort();
    this.#reading = new AbortController();
    return this.#reading;
  }

  /** @returns whether no other has begun since */
  #endReading(reading: AbortController): boolean {
    if (this.#reading !== reading) return false;
    this.#reading = undefined;
    return true;
  }
}
