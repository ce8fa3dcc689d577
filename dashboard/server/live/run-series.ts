import type { ColumnGroup } from '../frames/columns.js';
import {
  type SeriesMetric,
  type SeriesSpan,
  seriesMetrics,
  seriesSpans,
  seriesTopic,
} from '../frames/metrics.js';
import { BucketSeries } from './bucket-series.js';

const recentBuckets = 180;
const wholeBuckets = 300;

/** Every metric of a run over time: its last minutes by the second, and its whole course. */
export class RunSeries {
  readonly #series: ReadonlyMap<string, Readonly<Record<SeriesSpan, BucketSeries>>> = new Map(
    seriesMetrics.map(({ id }) => [
      id,
      {
        recent: new BucketSeries({ capacity: recentBuckets, whenFull: 'drop' }),
        whole: new BucketSeries({ capacity: wholeBuckets, whenFull: 'merge' }),
      },
    ]),
  );

  /**
   * Takes a value in.
   * @param at milliseconds since 1970
   * @param frame number of the frame that will tell of it
   */
  add(metric: SeriesMetric, at: number, value: number, frame: number): void {
    const both = this.#series.get(metric);
    both?.recent.add(at, value, frame);
    both?.whole.add(at, value, frame);
  }

  /** The buckets that have changed after a frame and their widths in milliseconds, by wanted topic. */
  changedAfter(
    frame: number,
    topics: ReadonlySet<string>,
  ): { readonly groups: Record<string, ColumnGroup>; readonly widths: Record<string, number> } {
    const groups: Record<string, ColumnGroup> = {};
    const widths: Record<string, number> = {};
    for (const [id, both] of this.#series) {
      for (const span of seriesSpans) {
        const topic = seriesTopic(id, span);
        const changed = topics.has(topic) ? both[span].changedAfter(frame) : undefined;
        if (changed === undefined) continue;
        groups[topic] = changed;
        widths[topic] = both[span].widthMs;
      }
    }
    return { groups, widths };
  }
}
