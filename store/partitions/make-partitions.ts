import type { Connection } from '../connection.js';
import type { TableName } from '../tables/index.js';
import { attempt } from './attempt.js';
import { listPartitions, type PartitionedTable, serverTime } from './list-partitions.js';
import { dropExpired } from './retention.js';
import { defaultPartition, type TimeSpan, timeLiteral, weekAfter, weekPartition, weeksOf } from './week.js';

/** The last week that has a partition is this long away: four weeks with the one that is. */
export const aheadMs = 21 * 24 * 60 * 60 * 1000;

/**
 * A new partition makes PostgreSQL look through the DEFAULT partition for rows that belong into it, while all
 * others wait; larger than this, it is left to `mlaas db vacuum`.
 */
const maxStrayBytes = 64 * 1024 * 1024;

/** What gives a table a partition for a week; the lock comes first, so that of two that try one finds it made. */
export function createPartition(table: TableName, week: number): string {
  return `LOCK TABLE ONLY ${table} IN ACCESS EXCLUSIVE MODE;
    CREATE TABLE IF NOT EXISTS ${weekPartition(table, week)} PARTITION OF ${table}
    FOR VALUES FROM (${timeLiteral(week)}) TO (${timeLiteral(weekAfter(week))})`;
}

/**
 * Gives every partitioned table partitions for the weeks of some spans, though not for a week that is further away
 * than those made ahead, and as far as that can be done now. Rows of other weeks lie in the DEFAULT partition.
 */
export async function makePartitions(connection: Connection, spans: readonly TimeSpan[]): Promise<void> {
  const last = (await serverTime(connection)) + aheadMs;
  const wanted = new Set(spans.flatMap(({ from, to }) => weeksOf({ from, to: Math.min(to, last) })));
  for (const partitioned of await listPartitions(connection)) {
    const { table, weeks, strayBytes } = partitioned;
    if (strayBytes > maxStrayBytes) continue;
    for (const week of wanted) {
      if (weeks.has(weekPartition(table, week)) || (await hasStrays(connection, partitioned, week))) continue;
      if (!(await attempt(connection, createPartition(table, week)))) return;
    }
  }
}

/** Whether rows of a week lie in the DEFAULT partition already: these have to be moved first. */
async function hasStrays(
  connection: Connection,
  { table, time, strayBytes }: PartitionedTable,
  week: number,
): Promise<boolean> {
  if (strayBytes === 0) return false;
  const { rows } = await connection.select(
    `SELECT 1::text FROM ${defaultPartition(table)}
     WHERE ${time} >= ${timeLiteral(week)} AND ${time} < ${timeLiteral(weekAfter(week))} LIMIT 1`,
  );
  return rows.length > 0;
}

/**
 * Does what the partitions need from time to time: makes those of this week and of the next ones, by the
 * server's clock, and drops what is older than its retention. Has nothing to do where there are none, or for a
 * user who may only read and write.
 */
export async function tendPartitions(connection: Connection): Promise<void> {
  const owned = await connection.select(
    `SELECT 1::text FROM pg_class WHERE oid = to_regclass('store_retention') AND pg_has_role(relowner, 'USAGE')`,
  );
  if (owned.rows.length === 0) return;
  const now = await serverTime(connection);
  await makePartitions(connection, [{ from: now, to: now + aheadMs }]);
  await dropExpired(connection, now);
}
