import type { ColumnGroup } from '../frames/columns.js';
import { QuantileSketch } from './quantile-sketch.js';

interface Bucket {
  /** Milliseconds since 1970; a multiple of the series' width. */
  readonly start: number;
  readonly sketch: QuantileSketch;
  /** Frame in which it last changed. */
  changedIn: number;
}

export interface BucketSeriesOptions {
  /** Buckets kept at most. */
  readonly capacity: number;
  /** What happens beyond that: the oldest goes, or each two become one of twice the width. */
  readonly whenFull: 'drop' | 'merge';
}

/** The quantiles that a band over the fleet is drawn from. */
const shares = [0.05, 0.25, 0.5, 0.75, 0.95] as const;
const firstWidthMs = 1000;

/**
 * A metric over time in bounded memory: every value is in exactly one bucket, with count, least,
 * largest, mean and quantiles. A value that comes late goes into the latest bucket.
 */
export class BucketSeries {
  readonly #options: BucketSeriesOptions;
  #buckets: Bucket[] = [];
  #widthMs = firstWidthMs;

  constructor(options: BucketSeriesOptions) {
    this.#options = options;
  }

  get widthMs(): number {
    return this.#widthMs;
  }

  /**
   * @param at milliseconds since 1970
   * @param frame number of the frame that will tell of it
   */
  add(at: number, value: number, frame: number): void {
    const start = Math.floor(at / this.#widthMs) * this.#widthMs;
    let last = this.#buckets.at(-1);
    if (last === undefined || start > last.start) {
      last = { start, sketch: new QuantileSketch(), changedIn: frame };
      this.#buckets.push(last);
      if (this.#buckets.length > this.#options.capacity) this.#shrink(frame);
      // Shrinking may have merged it into another.
      last = this.#buckets.at(-1) ?? last;
    }
    last.sketch.add(value);
    last.changedIn = frame;
  }

  /** The buckets that have changed after a frame, column by column; undefined when none has. */
  changedAfter(frame: number): ColumnGroup | undefined {
    const changed = this.#buckets.filter(({ changedIn }) => changedIn > frame);
    if (changed.length === 0) return undefined;
    const quantiles = changed.map(({ sketch }) => sketch.quantiles(shares));
    const column = (of: (bucket: Bucket, index: number) => number): Float32Array =>
      Float32Array.from(changed, of);
    return {
      start: Float64Array.from(changed, ({ start }) => start),
      count: Uint32Array.from(changed, ({ sketch }) => sketch.count),
      min: column(({ sketch }) => sketch.min),
      max: column(({ sketch }) => sketch.max),
      mean: column(({ sketch }) => sketch.mean),
      ...Object.fromEntries(
        shares.map((share, i) => [`p${share * 100}`, column((_, row) => quantiles[row]?.[i] ?? Number.NaN)]),
      ),
    };
  }

  #shrink(frame: number): void {
    if (this.#options.whenFull === 'drop') {
      this.#buckets.shift();
      return;
    }
    this.#widthMs *= 2;
    const merged: Bucket[] = [];
    for (const { start, sketch } of this.#buckets) {
      const wide = Math.floor(start / this.#widthMs) * this.#widthMs;
      const last = merged.at(-1);
      if (last?.start === wide) last.sketch.merge(sketch);
      else merged.push({ start: wide, sketch, changedIn: frame });
    }
    this.#buckets = merged;
  }
}
