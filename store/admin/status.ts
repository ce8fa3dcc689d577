import { z } from 'zod';
import { describeSize } from '../comfortable-size.js';
import type { Connection } from '../connection.js';
import { detectFeatures, hasTimescaleLicence } from '../layout/index.js';
import { latestVersion, schemaVersion } from '../migrate.js';
import { listPartitions, type PartitionedTable } from '../partitions/list-partitions.js';
import { keptDays } from '../partitions/retention.js';
import { defaultPartition } from '../partitions/week.js';
import type { QueryResult } from '../query-result.js';
import { findReadRole } from '../read-role.js';
import { type TableName, tableNames } from '../tables/index.js';

/** What the database is, what it can do for the store, and how much is in it. Changes nothing. */
export async function storeStatus(connection: Connection): Promise<QueryResult> {
  const features = await detectFeatures(connection);
  const { timescale } = features;
  const version = await schemaVersion(connection);
  const partitioned = await listPartitions(connection);
  const full = hasTimescaleLicence(features);
  const divided = partitioned.length > 0 ? 'tables with a partition a week' : 'ordinary tables';
  const rows: [string, string][] = [
    ['PostgreSQL', features.serverVersion],
    [
      'TimescaleDB',
      timescale === undefined ? 'not installed' : `${timescale.version}, ${timescale.licence} licence`,
    ],
    ['schema', version === undefined ? 'none yet' : `version ${version} of ${latestVersion}`],
    ['hypertables', timescale === undefined ? `no: ${divided}` : 'yes'],
    ['continuous aggregates', full ? 'yes' : 'no: views of the same names'],
    ['compression', full ? 'yes' : 'no'],
    ['retention', await retention(connection, full, partitioned)],
    [
      'queries run as',
      (await findReadRole(connection)) ?? 'the user: mlaas db init makes a role that only reads',
    ],
  ];
  rows.push(
    features.embedded
      ? ['size', describeSize(await databaseSize(connection))]
      : ['user', await describeUser(connection)],
  );
  if (version !== undefined) {
    for (const table of await presentTables(connection)) {
      const parts = partitioned.find((one) => one.table === table);
      const size = await tableSize(connection, table, timescale?.schema);
      rows.push([`table ${table}`, `${size}${parts === undefined ? '' : await weeksOf(connection, parts)}`]);
    }
  }
  return {
    columns: [
      { name: 'item', type: 'text' },
      { name: 'value', type: 'text' },
    ],
    rows,
    truncated: false,
  };
}

/** The program's user, whose rights a query can take back. */
async function describeUser(connection: Connection): Promise<string> {
  const { rows } = await connection.select(`SELECT session_user::text, current_setting('is_superuser')`);
  const [user, isSuperuser] = rows[0] ?? [];
  if (isSuperuser !== 'on') return `${user}, no superuser`;
  return `${user}, a superuser: give --db a user that is none before strangers may ask`;
}

/** In bytes, without its log. */
export async function databaseSize(connection: Connection): Promise<number> {
  const { rows } = await connection.select('SELECT pg_database_size(current_database())::text');
  return Number(rows[0]?.[0]);
}

/** What is dropped by age, and when. */
async function retention(
  connection: Connection,
  full: boolean,
  partitioned: readonly PartitionedTable[],
): Promise<string> {
  if (!full && partitioned.length === 0) return 'no';
  const kept = full ? await policies(connection) : await keptDays(connection);
  if (kept.size === 0) return 'off';
  return Array.from(kept, ([table, days]) => `${table} ${days} days`).join(', ');
}

/** The retention policies of TimescaleDB. */
async function policies(connection: Connection): Promise<ReadonlyMap<string, number>> {
  const { rows } = await connection.select(
    `SELECT hypertable_name::text, extract(day FROM (config ->> 'drop_after')::interval)::text
     FROM timescaledb_information.jobs
     WHERE proc_name = 'policy_retention' AND hypertable_schema = current_schema() ORDER BY 1`,
  );
  return new Map(rows.map(([table, days]) => [table ?? '', Number(days)]));
}

/** The tables that are there: a schema of an earlier version has not all of them. */
async function presentTables(connection: Connection): Promise<TableName[]> {
  const { rows } = await connection.select(
    `SELECT name FROM unnest($1::text[]) AS known(name) WHERE to_regclass(name) IS NOT NULL`,
    [`{${tableNames.join(',')}}`],
  );
  return tableNames.filter((table) => rows.some(([name]) => name === table));
}

/** Size and rows of a table, with all chunks or partitions. */
async function tableSize(connection: Connection, table: string, schema: string | undefined): Promise<string> {
  const { rows } = await connection.select(
    schema === undefined
      ? `SELECT pg_size_pretty(sum(pg_total_relation_size(oid)))
         FROM pg_class WHERE relkind <> 'p' AND oid IN (
           SELECT '${table}'::regclass::oid UNION ALL SELECT relid FROM pg_partition_tree('${table}'))`
      : `SELECT pg_size_pretty(coalesce(${schema}.hypertable_size('${table}'), pg_total_relation_size('${table}')))`,
  );
  return `${rows[0]?.[0]}, ${await rowCount(connection, table, schema)}`;
}

/** A table with more rows than this is not counted but estimated. */
const counted = 10_000;
const planRows = z.tuple([z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })]);

/** Counted where that is quick, else estimated. */
async function rowCount(connection: Connection, table: string, schema: string | undefined): Promise<string> {
  const few = await connection.select(
    `SELECT count(*)::text FROM (SELECT FROM ${table} LIMIT ${counted + 1}) few`,
  );
  const count = Number(few.rows[0]?.[0]);
  if (count <= counted) return `${count} rows`;
  const rows = await estimate(connection, table, schema);
  return `about ${Number(rows.toPrecision(2)).toLocaleString('en-GB')} rows`;
}

/** The planner's estimate, which also knows tables that were never analysed; of a hypertable TimescaleDB's. */
async function estimate(connection: Connection, table: string, schema: string | undefined): Promise<number> {
  if (schema !== undefined) {
    const { rows } = await connection.select(`SELECT ${schema}.approximate_row_count('${table}')::text`);
    return Number(rows[0]?.[0]);
  }
  const { rows } = await connection.select(`EXPLAIN (FORMAT JSON) SELECT FROM ${table}`);
  const [{ Plan }] = planRows.parse(JSON.parse(rows[0]?.[0] ?? ''));
  return Plan['Plan Rows'];
}

/** Into how many weeks a table is divided, and what lies in none of them. */
async function weeksOf(connection: Connection, partitioned: PartitionedTable): Promise<string> {
  const { table, weeks, strayBytes } = partitioned;
  if (strayBytes === 0) return `, ${weeks.size} weeks`;
  const strays = await tableSize(connection, defaultPartition(table), undefined);
  return `, ${weeks.size} weeks; in none of them ${strays}`;
}
