import type { TableName } from '../tables/index.js';
import type { Timescale } from './features.js';
import type { LayoutObject } from './layout-object.js';

/** How a table lies in TimescaleDB. */
interface Hypertable {
  readonly table: TableName;
  /** The column of its key that it is divided by. */
  readonly time: string;
  /**
   * Span of one chunk. A chunk is what is compressed, dropped and kept in memory as one: telemetry of
   * a thousand clients at one message a second is some 20 million rows in six hours.
   */
  readonly chunk: string;
  /** Rows that are compressed together: those of one client, or of one run. */
  readonly segmentBy: string;
  /** Their order; with `segmentBy` it holds every column of the key, so that duplicates are found. */
  readonly orderBy: string;
  /** Its foreign key, for when the table is made anew. */
  readonly foreignKey?: string;
}

export const hypertables: readonly Hypertable[] = [
  {
    table: 'telemetry',
    time: 'sent_at',
    chunk: '6 hours',
    segmentBy: 'run_id, client_id',
    orderBy: 'sent_at, boot, seq',
  },
  {
    table: 'client_rounds',
    time: 'started_at',
    chunk: '7 days',
    segmentBy: 'run_id, client_id',
    orderBy: 'started_at, round',
    foreignKey: 'FOREIGN KEY (run_id) REFERENCES runs',
  },
  {
    table: 'messages',
    time: 'sent_at',
    chunk: '1 day',
    segmentBy: 'run_id, sender',
    orderBy: 'sent_at, boot, kind, seq',
  },
  { table: 'events', time: 'ts', chunk: '7 days', segmentBy: 'run_id', orderBy: 'ts, seq' },
];

/** After so long a chunk is compressed: runs write to it no more, a redelivery still may. */
const compressAfter = '1 day';

/** The tables as hypertables. They stay so for good: there is no way back to an ordinary table. */
export function hypertableObjects({ schema }: Timescale): LayoutObject[] {
  return hypertables.map(({ table, time, chunk }) => ({
    name: `hypertable ${table}`,
    create: `SELECT ${schema}.create_hypertable('${table}', '${time}', chunk_time_interval => INTERVAL '${chunk}',
      create_default_indexes => false, if_not_exists => true, migrate_data => true)`,
    drop: undefined,
  }));
}

/**
 * An index by time, for what reads a span of telemetry of all runs: the summaries' refreshes, a few seconds
 * at a time, and their rows that are not summed up yet. Rows come in the order of time, so a block range
 * index (BRIN) finds them, and costs the writer next to nothing.
 */
export const timeIndex: LayoutObject = {
  name: 'index telemetry_by_time',
  create: 'CREATE INDEX telemetry_by_time ON telemetry USING brin (sent_at) WITH (autosummarize = on)',
  drop: 'DROP INDEX IF EXISTS telemetry_by_time',
};

/** Compression of old chunks; setting it anew changes what is compressed from then on. */
export function compressionObjects({ schema }: Timescale): LayoutObject[] {
  return hypertables.map(({ table, segmentBy, orderBy }) => ({
    name: `compression ${table}`,
    create: `ALTER TABLE ${table} SET (timescaledb.compress, timescaledb.compress_segmentby = '${segmentBy}',
      timescaledb.compress_orderby = '${orderBy}');
      SELECT ${schema}.add_compression_policy('${table}', INTERVAL '${compressAfter}', if_not_exists => true)`,
    drop: undefined,
  }));
}
