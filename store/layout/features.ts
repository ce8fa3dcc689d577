import type { Connection } from '../connection.js';

/** The TimescaleDB extension of a database. */
export interface Timescale {
  readonly version: string;
  /**
   * `apache`: hypertables and `time_bucket`. `timescale` (the Timescale License) adds continuous
   * aggregates, compression and policies.
   */
  readonly licence: 'apache' | 'timescale';
  /** The schema that its functions lie in. */
  readonly schema: string;
}

/** What a database can do, which decides how the store lies in it. */
export interface DatabaseFeatures {
  /** Of PostgreSQL, such as `15.20`. */
  readonly serverVersion: string;
  readonly timescale: Timescale | undefined;
  /** Whether it is the embedded store's. */
  readonly embedded: boolean;
}

/** Whether continuous aggregates, compression and retention policies are there. */
export const hasTimescaleLicence = ({ timescale }: DatabaseFeatures): boolean =>
  timescale?.licence === 'timescale';

/**
 * Whether the big tables are partitioned by range: TimescaleDB divides them by itself, and the embedded store is
 * one user's folder, which has no need of it.
 */
export const hasPartitions = ({ timescale, embedded }: DatabaseFeatures): boolean =>
  timescale === undefined && !embedded;

/** Asks a database what it is. */
export async function detectFeatures(connection: Connection): Promise<DatabaseFeatures> {
  const { rows } = await connection.select(
    `SELECT current_setting('server_version'), e.extversion, n.nspname::text,
       current_setting('timescaledb.license', true)
     FROM (VALUES (1)) one
     LEFT JOIN pg_extension e ON e.extname = 'timescaledb'
     LEFT JOIN pg_namespace n ON n.oid = e.extnamespace`,
  );
  const [server, version, schema, licence] = rows[0] ?? [];
  return {
    serverVersion: server?.split(' ')[0] ?? '',
    timescale:
      typeof version === 'string' && typeof schema === 'string'
        ? { version, schema, licence: licence === 'timescale' ? 'timescale' : 'apache' }
        : undefined,
    embedded: connection.embedded,
  };
}
