import type { ColumnSpec } from '../columns.js';
import { tableNames, tableSpec } from '../tables/index.js';
import { views } from '../views/index.js';
import type { LayoutObject } from './layout-object.js';
import { aggregateSpecs } from './telemetry-aggregates.js';

const literal = (text: string | undefined): string =>
  text === undefined ? 'NULL' : `'${text.replaceAll("'", "''")}'`;

interface Described {
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnSpec>>;
}

const described: readonly Described[] = [
  ...tableNames.map((name) => ({ name, columns: tableSpec(name).columns })),
  ...views,
  ...aggregateSpecs,
];

const rows = described.flatMap(({ name, columns }) =>
  Object.entries(columns).map(
    ([column, { type, unit, nullable, provenance, description }], i) =>
      `(${literal(name)}, ${i + 1}, ${literal(column)}, ${literal(type)}, ${nullable === true}, ${literal(unit)}, ${literal(provenance)}, ${literal(description)})`,
  ),
);

/**
 * The table `metric_dictionary`: every column of every table and view, so that the database explains
 * itself to whoever has only SQL.
 */
export const dictionary: LayoutObject = {
  name: 'table metric_dictionary',
  create: `CREATE TABLE metric_dictionary (
      table_name text NOT NULL,
      position int4 NOT NULL,
      column_name text NOT NULL,
      type text NOT NULL,
      nullable bool NOT NULL,
      unit text,
      provenance text NOT NULL,
      description text NOT NULL,
      PRIMARY KEY (table_name, column_name)
    );
    INSERT INTO metric_dictionary VALUES ${rows.join(',\n')}`,
  drop: 'DROP TABLE IF EXISTS metric_dictionary',
};
