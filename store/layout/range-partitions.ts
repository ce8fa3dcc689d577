import { defaultPartition } from '../partitions/week.js';
import { tableSpec } from '../tables/index.js';
import { hypertables } from './hypertables.js';
import type { LayoutObject } from './layout-object.js';

/**
 * On PostgreSQL without TimescaleDB the hypertables' tables are partitioned by range of the same column. The
 * table as it was becomes the DEFAULT partition, with its rows and at once, however many they are; it
 * takes every row whose week has no partition, so that no clock makes a write fail.
 *
 * `drop` makes ordinary tables again, which a hypertable has to begin as; it copies all rows, and so would
 * a change to what `create` says.
 */
export const partitionedTables: readonly LayoutObject[] = hypertables.map(({ table, time, foreignKey }) => {
  const strays = defaultPartition(table);
  const addForeignKey = foreignKey === undefined ? '' : `ALTER TABLE ${table} ADD ${foreignKey};`;
  return {
    name: `partitioned table ${table}`,
    create: `ALTER TABLE ${table} RENAME TO ${strays};
      ALTER INDEX ${table}_pkey RENAME TO ${strays}_pkey;
      CREATE TABLE ${table} (LIKE ${strays} INCLUDING ALL) PARTITION BY RANGE (${time});
      ${addForeignKey}
      ALTER TABLE ${table} ATTACH PARTITION ${strays} DEFAULT`,
    drop: `CREATE TABLE ${table}_ordinary (LIKE ${table});
      INSERT INTO ${table}_ordinary SELECT * FROM ${table};
      DROP TABLE ${table};
      ALTER TABLE ${table}_ordinary RENAME TO ${table};
      ALTER TABLE ${table} ADD PRIMARY KEY (${tableSpec(table).key.join(', ')});
      ${addForeignKey}`,
  };
});

/** After how many days the rows of a table go; TimescaleDB keeps that in policies of its own. */
export const retentionTable: LayoutObject = {
  name: 'table store_retention',
  create: 'CREATE TABLE store_retention (table_name text PRIMARY KEY, keep_days int4 NOT NULL)',
  drop: 'DROP TABLE IF EXISTS store_retention',
};
