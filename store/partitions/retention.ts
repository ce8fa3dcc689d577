import type { Connection } from '../connection.js';
import type { TableName } from '../tables/index.js';
import { attempt } from './attempt.js';
import { listPartitions } from './list-partitions.js';
import { defaultPartition, firstWeek, timeLiteral, weekAfter, weekPartition, weeksOf } from './week.js';

const dayMs = 24 * 60 * 60 * 1000;

/** After how many days rows of each table go; a table that is not there keeps them for good. */
export async function keptDays(connection: Connection): Promise<ReadonlyMap<string, number>> {
  const { rows } = await connection.select(
    'SELECT table_name, keep_days::text FROM store_retention ORDER BY 1',
  );
  return new Map(rows.map(([table, days]) => [table ?? '', Number(days)]));
}

/** Sets after how many days rows of a table go; null keeps them for good. */
export async function keepDays(connection: Connection, table: TableName, days: number | null): Promise<void> {
  if (days === null) {
    await connection.select('DELETE FROM store_retention WHERE table_name = $1', [table]);
    return;
  }
  await connection.select(
    `INSERT INTO store_retention VALUES ($1, $2) ON CONFLICT (table_name) DO UPDATE SET keep_days = excluded.keep_days`,
    [table, String(days)],
  );
}

/** Drops the partitions whose whole week is older than the table's rows are kept, and strays that old. */
export async function dropExpired(connection: Connection, now: number): Promise<void> {
  const partitioned = await listPartitions(connection);
  if (partitioned.length === 0) return;
  const kept = await keptDays(connection);
  for (const { table, time, weeks } of partitioned) {
    const days = kept.get(table);
    if (days === undefined) continue;
    const end = now - days * dayMs;
    const expired = weeksOf({ from: firstWeek, to: end })
      .filter((week) => weekAfter(week) <= end)
      .map((week) => weekPartition(table, week))
      .filter((name) => weeks.has(name));
    const statements = [
      ...expired.map((name) => `DROP TABLE IF EXISTS ${name}`),
      `DELETE FROM ${defaultPartition(table)} WHERE ${time} < ${timeLiteral(end)}`,
    ];
    for (const statement of statements) {
      if (!(await attempt(connection, statement))) return;
    }
  }
}
