import { z } from 'zod';
import { FleetError } from '#protocol';
import type { QueryResult } from './query-result.js';
import { findRun } from './runs.js';
import type { Queryable } from './store.js';

/** The columns that make a series, by their table; the time is the one that the table is ordered by. */
const sources = {
  telemetry: { time: 'sent_at', metrics: ['latency_ms', 'cpu_utilization', 'rss_mb', 'queue_length'] },
  client_rounds: {
    time: 'finished_at',
    metrics: [
      'accuracy',
      'loss',
      'train_loss',
      'update_norm',
      'compute_time_s',
      'evaluate_time_s',
      'dispatch_wait_s',
      'download_time_s',
      'upload_time_s',
      'cpu_time_s',
      'memory_used_mb',
      'comm_bytes_up',
      'comm_bytes_down',
    ],
  },
} as const;

/** The metrics that `runTimeseries` knows. */
export const timeseriesMetrics: readonly string[] = Object.values(sources).flatMap(({ metrics }) => metrics);

/** Buckets that TimescaleDB keeps sums of; the others are summed up when they are asked for. */
const aggregates: Readonly<Record<string, string>> = {
  '1s': 'telemetry_1s',
  '10s': 'telemetry_10s',
  '1m': 'telemetry_1m',
};
const unitNames: Readonly<Record<string, string>> = { s: 'seconds', m: 'minutes', h: 'hours', d: 'days' };
const maxPoints = 100_000;

export interface TimeseriesOptions {
  /** One of `timeseriesMetrics`. */
  readonly metric: string;
  /** ISO 8601; from the beginning, and to the end of the run, by default. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Width of a bucket: a number with s, m, h or d; default `10s`. */
  readonly bucket?: string | undefined;
}

/**
 * A metric of a run over time: one row a bucket with at least one value, with count, mean, min, max,
 * p50 and p95 over all clients.
 * @throws FleetError REQUEST_INVALID for an unknown metric or a bucket or time that is none, RUN_UNKNOWN
 */
export async function runTimeseries(
  store: Queryable,
  run: string,
  { metric, from, to, bucket = '10s' }: TimeseriesOptions,
): Promise<QueryResult> {
  const [table, source] = sourceOf(metric);
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(bucket) ?? [];
  if (count === undefined || Number(count) === 0) {
    throw new FleetError(
      'REQUEST_INVALID',
      `bucket ${bucket}: must be a number above 0 with s, m, h or d, such as 10s`,
    );
  }
  const params = [await findRun(store, run), timeOf('from', from), timeOf('to', to)];
  const aggregate = table === 'telemetry' ? aggregates[bucket] : undefined;
  const within = (time: string): string =>
    `WHERE run_id = $1 AND ${time} >= coalesce($2::timestamptz, '-infinity') AND ${time} < coalesce($3::timestamptz, 'infinity')`;
  const statistics = ['mean', 'min', 'max', 'p50', 'p95'];
  const sql =
    aggregate === undefined
      ? `SELECT time_bucket($4::interval, ${source.time}) AS bucket, count(*) AS count, avg(${metric})::float8 AS mean,
           min(${metric})::float8 AS min, max(${metric})::float8 AS max,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY ${metric}) AS p50,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY ${metric}) AS p95
         FROM ${table} ${within(source.time)} AND ${metric} IS NOT NULL GROUP BY 1 ORDER BY 1`
      : `SELECT bucket, messages AS count, ${statistics.map((name) => `${metric}_${name} AS ${name}`).join(', ')}
         FROM ${aggregate} ${within('bucket')} ORDER BY bucket`;
  const width = `${count} ${unitNames[unit]}`;
  return await store.query(sql, {
    params: aggregate === undefined ? [...params, width] : params,
    maxRows: maxPoints,
  });
}

function sourceOf(metric: string): readonly [string, (typeof sources)[keyof typeof sources]] {
  const found = Object.entries(sources).find(([, { metrics }]) => metrics.some((name) => name === metric));
  if (found !== undefined) return found;
  throw new FleetError('REQUEST_INVALID', `metric ${metric}: must be one of ${timeseriesMetrics.join(', ')}`);
}

const time = z.iso.datetime({ offset: true }).or(z.iso.date());

function timeOf(name: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  if (time.safeParse(text).success) return new Date(text).toISOString();
  throw new FleetError(
    'REQUEST_INVALID',
    `${name} ${text}: must be an ISO 8601 time, such as 2026-01-02T03:04:05Z`,
  );
}
