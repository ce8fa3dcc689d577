import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../connection.js';
import { hypertables } from '../layout/hypertables.js';
import { aggregateNames } from '../layout/telemetry-aggregates.js';
import type { QueryResult } from '../query-result.js';

/** Compresses every chunk that is not yet, after the summaries have taken in what it holds. */
export async function compress(connection: Connection, schema: string): Promise<QueryResult> {
  for (const name of aggregateNames) {
    await refresh(connection, schema, name);
  }
  const rows: [string, number, string][] = [];
  for (const { table } of hypertables) {
    const done = await connection.select(
      `SELECT count(${schema}.compress_chunk(chunk, if_not_compressed => true))::text
       FROM ${schema}.show_chunks('${table}') AS chunk`,
    );
    const size = await connection.select(
      `SELECT pg_size_pretty(sum(total_bytes)) FROM ${schema}.chunks_detailed_size('${table}')`,
    );
    rows.push([table, Number(done.rows[0]?.[0]), size.rows[0]?.[0] ?? '0 bytes']);
  }
  return {
    columns: [
      { name: 'table', type: 'text' },
      { name: 'chunks', type: 'int8' },
      { name: 'size', type: 'text' },
    ],
    rows,
    truncated: false,
  };
}

/** SQLSTATE lock_not_available: what a refresh gets while a policy refreshes the same aggregate. */
const lockNotAvailable = '55P03';
/** Ten minutes: a policy may have hours of telemetry to sum up. */
const refreshAttempts = 1200;

async function refresh(connection: Connection, schema: string, aggregate: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.run(`CALL ${schema}.refresh_continuous_aggregate('${aggregate}', NULL, NULL)`);
      return;
    } catch (error) {
      const isBusy = error instanceof Error && 'code' in error && error.code === lockNotAvailable;
      if (!isBusy || attempt === refreshAttempts) throw error;
      await delay(500);
    }
  }
}
