import type { ViewSpec } from '../views/view-spec.js';
import { type DatabaseFeatures, hasTimescaleLicence } from './features.js';
import type { LayoutObject } from './layout-object.js';

/** The columns of `telemetry` that are summed up. */
const metrics = ['latency_ms', 'cpu_utilization', 'rss_mb', 'queue_length'] as const;
const statistics = {
  mean: (column: string) => `avg(${column})::float8`,
  min: (column: string) => `min(${column})::float8`,
  max: (column: string) => `max(${column})::float8`,
  p50: (column: string) => `percentile_cont(0.5) WITHIN GROUP (ORDER BY ${column})`,
  p95: (column: string) => `percentile_cont(0.95) WITHIN GROUP (ORDER BY ${column})`,
} as const;
const units = { latency_ms: 'ms', cpu_utilization: 'cores', rss_mb: 'MB', queue_length: 'messages' } as const;

interface Aggregate {
  readonly name: string;
  readonly bucket: string;
  /** Of the whole fleet, or of each client. */
  readonly perClient: boolean;
  readonly description: string;
  /** How often what has changed is summed up; in between, new rows are summed up by the query. */
  readonly refresh: string;
}

/** Summaries of `telemetry` by the time of sending, one row a bucket with at least one message. */
const aggregates: readonly Aggregate[] = [
  {
    name: 'telemetry_1s',
    bucket: '1 second',
    perClient: false,
    description: 'Telemetry of the whole fleet, one row a second.',
    refresh: '10 seconds',
  },
  {
    name: 'telemetry_10s',
    bucket: '10 seconds',
    perClient: false,
    description: 'Telemetry of the whole fleet, one row per ten seconds.',
    refresh: '30 seconds',
  },
  {
    name: 'telemetry_1m',
    bucket: '1 minute',
    perClient: false,
    description: 'Telemetry of the whole fleet, one row a minute.',
    refresh: '2 minutes',
  },
  {
    name: 'client_telemetry_1m',
    bucket: '1 minute',
    perClient: true,
    description: 'Telemetry of each client, one row a client and minute.',
    refresh: '2 minutes',
  },
];

/** The names of the summaries with their buckets, for those that look for one that fits. */
export const aggregateNames: readonly string[] = aggregates.map(({ name }) => name);

function definition({ bucket, perClient }: Aggregate, bucketFunction: string): string {
  const group = perClient ? 'run_id, client_id' : 'run_id';
  return `SELECT ${group}, ${bucketFunction}(INTERVAL '${bucket}', sent_at) AS bucket, count(*) AS messages,
    ${metrics.flatMap((metric) => Object.entries(statistics).map(([name, of]) => `${of(metric)} AS ${metric}_${name}`)).join(', ')}
    FROM telemetry GROUP BY ${group}, bucket`;
}

/** The summaries as continuous aggregates, or as views of the same names where there are none. */
export function aggregateObjects(features: DatabaseFeatures): LayoutObject[] {
  const { timescale } = features;
  const bucketFunction = timescale === undefined ? 'time_bucket' : `${timescale.schema}.time_bucket`;
  return aggregates.map((aggregate) => {
    const { name, bucket, refresh } = aggregate;
    const select = definition(aggregate, bucketFunction);
    if (timescale === undefined || !hasTimescaleLicence(features)) {
      return {
        name: `view ${name}`,
        create: `CREATE VIEW ${name} AS ${select}`,
        drop: `DROP VIEW IF EXISTS ${name}`,
      };
    }
    return {
      name: `continuous aggregate ${name}`,
      create: `CREATE MATERIALIZED VIEW ${name}
        WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS ${select} WITH NO DATA;
        SELECT ${timescale.schema}.add_continuous_aggregate_policy('${name}', start_offset => NULL,
          end_offset => INTERVAL '${bucket}', schedule_interval => INTERVAL '${refresh}')`,
      drop: `DROP MATERIALIZED VIEW IF EXISTS ${name}`,
    };
  });
}

/** What the summaries hold, for the documentation and the dictionary. */
export const aggregateSpecs: readonly ViewSpec[] = aggregates.map((aggregate) => ({
  name: aggregate.name,
  description: `${aggregate.description} A continuous aggregate in TimescaleDB, a view elsewhere.`,
  sql: definition(aggregate, 'time_bucket'),
  columns: {
    run_id: { type: 'text', provenance: 'key', description: 'run, see `runs`' },
    ...(aggregate.perClient
      ? { client_id: { type: 'int4', provenance: 'key', description: 'client, from 0' } as const }
      : {}),
    bucket: { type: 'timestamptz', provenance: 'key', description: 'start of the bucket, by `sent_at`' },
    messages: {
      type: 'int8',
      unit: 'messages',
      provenance: 'measured',
      description: 'messages in the bucket',
    },
    ...Object.fromEntries(
      metrics.flatMap((metric) =>
        Object.keys(statistics).map((statistic) => [
          `${metric}_${statistic}`,
          {
            type: 'float8',
            unit: units[metric],
            provenance: 'measured',
            description: `${statistic} of \`${metric}\` in the bucket`,
          } as const,
        ]),
      ),
    ),
  },
}));
