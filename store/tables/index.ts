import { type ColumnSpec, type ColumnValue, fitsColumn } from '../columns.js';
import { clientRounds } from './client-rounds.js';
import { clients } from './clients.js';
import { compositions } from './compositions.js';
import { events } from './events.js';
import { messages } from './messages.js';
import { partitionMap } from './partition-map.js';
import { rounds } from './rounds.js';
import { runNotes } from './run-notes.js';
import { runParams } from './run-params.js';
import { runs } from './runs.js';
import type { TableSpec } from './table-spec.js';
import { telemetry } from './telemetry.js';
import { updateSignatures } from './update-signatures.js';

/**
 * Every table of the store with its columns: the one description from which row types, the COPY
 * encoder, `docs/schema.md` and the test of the migrated database come. A table stands after the
 * tables that it refers to.
 *
 * The keys of `client_rounds`, `telemetry`, `messages` and `events` contain a time column, because a TimescaleDB
 * hypertable wants it in every unique key; it is one that the writer of the record sets once, so a
 * redelivered record has the same key.
 */
export const tables = {
  runs,
  run_params: runParams,
  run_notes: runNotes,
  clients,
  partition_map: partitionMap,
  compositions,
  rounds,
  client_rounds: clientRounds,
  update_signatures: updateSignatures,
  telemetry,
  messages,
  events,
} as const satisfies Record<string, TableSpec>;

export type TableName = keyof typeof tables;

type Columns<T extends TableName> = (typeof tables)[T]['columns'];

/** A row of a table, every column given; null where the column allows it. */
export type Row<T extends TableName> = {
  readonly [C in keyof Columns<T>]: Columns<T>[C] extends ColumnSpec ? ColumnValue<Columns<T>[C]> : never;
};

/** Rows of several tables that are stored together or not at all. */
export type RowBatch = { readonly [T in TableName]?: readonly Row<T>[] };

/** The names of all tables; a table stands after those that it refers to. */
export const tableNames = Object.freeze(
  // Object.keys loses the literal type; the keys are exactly those of the constant above.
  Object.keys(tables) as TableName[],
);

/** A table's description without its literal types. */
export function tableSpec(table: TableName): TableSpec {
  return tables[table];
}

/** Whether the database can hold `row` in the table. */
export function isRow<T extends TableName>(
  table: T,
  row: Readonly<Record<string, unknown>>,
): row is Row<T> & Readonly<Record<string, unknown>> {
  return unfitColumn(table, row) === undefined;
}

/** The first column whose value the database cannot hold, or undefined when the row is sound. */
export function unfitColumn(table: TableName, row: Readonly<Record<string, unknown>>): string | undefined {
  return Object.entries(tableSpec(table).columns).find(
    ([name, column]) => !fitsColumn(column, row[name]),
  )?.[0];
}
