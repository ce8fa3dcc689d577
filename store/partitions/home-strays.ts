import { type Connection, inTransaction } from '../connection.js';
import { tableSpec } from '../tables/index.js';
import { listPartitions, type PartitionedTable, serverTime } from './list-partitions.js';
import { aheadMs, createPartition } from './make-partitions.js';
import { defaultPartition, firstWeek, timeLiteral, weekAfter, weeksOf } from './week.js';

/**
 * Moves the rows of the DEFAULT partitions into partitions of their weeks, a table in a transaction that nobody
 * else writes to or reads meanwhile. What a clock says that was never set, or that is weeks ahead, stays
 * where it is: it would make partitions without end.
 */
export async function homeStrays(connection: Connection): Promise<void> {
  const weeks = weeksOf({ from: firstWeek, to: (await serverTime(connection)) + aheadMs });
  const end = weekAfter(weeks.at(-1) ?? firstWeek);
  for (const partitioned of await listPartitions(connection)) {
    if (partitioned.strayBytes > 0) await inTransaction(connection, () => move(connection, partitioned, end));
  }
}

async function move(connection: Connection, { table, time }: PartitionedTable, end: number): Promise<void> {
  const strays = defaultPartition(table);
  const movable = `WHERE ${time} >= ${timeLiteral(firstWeek)} AND ${time} < ${timeLiteral(end)}`;
  const columns = Object.keys(tableSpec(table).columns).join(', ');
  await connection.run(`ALTER TABLE ${table} DETACH PARTITION ${strays}`);
  const { rows } = await connection.select(
    `SELECT DISTINCT (extract(epoch FROM date_bin('7 days', ${time}, ${timeLiteral(firstWeek)})) * 1000)::int8::text
     FROM ${strays} ${movable}`,
  );
  for (const [week] of rows) await connection.run(createPartition(table, Number(week)));
  await connection.run(
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${strays} ${movable};
     DELETE FROM ${strays} ${movable};
     ALTER TABLE ${table} ATTACH PARTITION ${strays} DEFAULT`,
  );
}
