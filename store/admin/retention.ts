import type { Connection } from '../connection.js';
import { detectFeatures, hasPartitions } from '../layout/index.js';
import { tendPartitions } from '../partitions/make-partitions.js';
import { keepDays } from '../partitions/retention.js';
import type { QueryResult } from '../query-result.js';
import type { TableName } from '../tables/index.js';
import { requireTimescale } from './require-timescale.js';

/** What is ever dropped by age: the bulk of the data. The rest is the dataset's spine. */
const retained: readonly TableName[] = ['telemetry', 'messages'];

/** Sets after how many days rows go by themselves; null keeps them for good. */
export async function setRetention(connection: Connection, days: number | null): Promise<QueryResult> {
  const features = await detectFeatures(connection);
  if (hasPartitions(features)) {
    for (const table of retained) await keepDays(connection, table, days);
    await tendPartitions(connection);
  } else {
    const need = 'retention needs a server: PostgreSQL, or TimescaleDB under the Timescale License';
    await setPolicies(connection, requireTimescale(features, need), days);
  }
  return {
    columns: [
      { name: 'table', type: 'text' },
      { name: 'kept', type: 'text' },
    ],
    rows: retained.map((table) => [table, days === null ? 'for good' : `${days} days`]),
    truncated: false,
  };
}

/** @param schema of TimescaleDB's functions */
async function setPolicies(connection: Connection, schema: string, days: number | null): Promise<void> {
  for (const table of retained) {
    await connection.run(`SELECT ${schema}.remove_retention_policy('${table}', if_exists => true)`);
    if (days === null) continue;
    await connection.run(`SELECT ${schema}.add_retention_policy('${table}', make_interval(days => ${days}))`);
  }
}
