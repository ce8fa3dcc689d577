import { type LogCounts, type LogLine, logLines } from '../frames/live-view.js';
import { changedAfter, type Stamped } from './stamped.js';

/** The lines that people read of a run: the latest of them, numbered from 1 over the run. */
export class RunLog {
  #lines: Stamped<LogLine>[] = [];
  #count = 0;
  readonly #counts: Record<LogLine['level'], number> = { info: 0, warn: 0, error: 0 };

  /** @param frame number of the frame that will tell of it */
  add(line: Omit<LogLine, 'id'>, frame: number): void {
    this.#counts[line.level]++;
    this.#lines.push({ value: { id: ++this.#count, ...line }, changedIn: frame });
    // Cut at twice the bound, so that cutting costs a constant time a line.
    if (this.#lines.length >= 2 * logLines) this.#lines = this.#lines.slice(-logLines);
  }

  /** How many lines of each level there have been, also those that are not kept. */
  counts(): LogCounts {
    return { ...this.#counts };
  }

  /** The lines that a page keeps. */
  latest(): LogLine[] {
    return this.changedAfter(-1);
  }

  changedAfter(frame: number): LogLine[] {
    return changedAfter(this.#lines.slice(-logLines), frame);
  }
}
