import type { Connection } from '../connection.js';
import { hypertables } from '../layout/hypertables.js';
import type { TableName } from '../tables/index.js';
import { defaultPartition } from './week.js';

/** A table that is partitioned by range, as it is in the database. */
export interface PartitionedTable {
  readonly table: TableName;
  /** The column that it is divided by. */
  readonly time: string;
  /** The names of its partitions for weeks. */
  readonly weeks: ReadonlySet<string>;
  /** Size of the DEFAULT partition's rows in bytes. */
  readonly strayBytes: number;
}

/** The tables that are partitioned by range: none in TimescaleDB and in the embedded store. */
export async function listPartitions(connection: Connection): Promise<PartitionedTable[]> {
  const { rows } = await connection.select(
    `SELECT parent.relname::text, child.relname::text, pg_relation_size(child.oid)::text
     FROM pg_class parent
     JOIN pg_inherits ON inhparent = parent.oid
     JOIN pg_class child ON child.oid = inhrelid
     WHERE parent.relkind = 'p' AND parent.oid IN (${hypertables.map(({ table }) => `to_regclass('${table}')`).join(', ')})`,
  );
  return hypertables.flatMap(({ table, time }) => {
    const partitions = rows.filter(([parent]) => parent === table);
    if (partitions.length === 0) return [];
    const sizes = new Map(partitions.map(([, name, bytes]) => [name ?? '', Number(bytes)]));
    const strayBytes = sizes.get(defaultPartition(table)) ?? 0;
    sizes.delete(defaultPartition(table));
    return [{ table, time, weeks: new Set(sizes.keys()), strayBytes }];
  });
}

/** The server's clock, in ms. */
export async function serverTime(connection: Connection): Promise<number> {
  const { rows } = await connection.select('SELECT (extract(epoch FROM now()) * 1000)::float8::text');
  return Number(rows[0]?.[0]);
}
