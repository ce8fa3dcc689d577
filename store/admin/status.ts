import type { Connection } from '../connection.js';
import { detectFeatures, hasTimescaleLicence } from '../layout/index.js';
import { latestVersion, schemaVersion } from '../migrate.js';
import type { QueryResult } from '../query-result.js';
import { findReadRole } from '../read-role.js';
import { tableNames } from '../tables/index.js';

/** What the database is, what it can do for the store, and how much is in it. Changes nothing. */
export async function storeStatus(connection: Connection): Promise<QueryResult> {
  const features = await detectFeatures(connection);
  const { timescale } = features;
  const version = await schemaVersion(connection);
  const full = hasTimescaleLicence(features);
  const rows: [string, string][] = [
    ['PostgreSQL', features.serverVersion],
    [
      'TimescaleDB',
      timescale === undefined ? 'not installed' : `${timescale.version}, ${timescale.licence} licence`,
    ],
    ['schema', version === undefined ? 'none yet' : `version ${version} of ${latestVersion}`],
    ['hypertables', timescale === undefined ? 'no: ordinary tables' : 'yes'],
    ['continuous aggregates', full ? 'yes' : 'no: views of the same names'],
    ['compression, retention', full ? 'yes' : 'no'],
    [
      'queries run as',
      (await findReadRole(connection)) ?? 'the user: mlaas db init makes a role that only reads',
    ],
  ];
  if (version !== undefined) {
    for (const table of tableNames)
      rows.push([`table ${table}`, await tableSize(connection, table, timescale?.schema)]);
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

async function tableSize(connection: Connection, table: string, schema: string | undefined): Promise<string> {
  const { rows } = await connection.select(
    schema === undefined
      ? `SELECT pg_size_pretty(pg_total_relation_size('${table}')),
           (SELECT greatest(reltuples, 0)::int8::text FROM pg_class WHERE oid = '${table}'::regclass)`
      : `SELECT pg_size_pretty(coalesce(${schema}.hypertable_size('${table}'), pg_total_relation_size('${table}'))),
           ${schema}.approximate_row_count('${table}')::text`,
  );
  const [size, count] = rows[0] ?? [];
  return `${size}, about ${count} rows`;
}
