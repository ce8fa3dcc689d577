import { join } from 'node:path';
import { FleetError } from '#protocol';
import type { NamedColumn } from '../columns.js';
import type { Store } from '../store.js';
import { type Row, type RowBatch, type TableName, tableNames, tableSpec } from '../tables/index.js';
import { exportFormats, type Manifest, type ManifestTable, readManifest } from './manifest.js';
import { readTableFile } from './read-table-file.js';
import { storeRow } from './run-facts.js';
import { verifyChecksums } from './verify-dataset.js';

export interface ImportSummary {
  readonly manifest: Manifest;
  /** Rows read and, of these, rows that were new to the store, by table. */
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly added: number }[];
}

/**
 * Brings an exported dataset back into a store, without loss. What the store already has stays as it is, so
 * an import that was cut short can be repeated.
 *
 * @throws FleetError EXPORT_DAMAGED, EXPORT_VERSION; STORE_FAILED, STORE_UNREACHABLE
 */
export async function importDataset(
  store: Pick<Store, 'query' | 'write' | 'administer' | 'checkpoint'>,
  folder: string,
): Promise<ImportSummary> {
  const manifest = await readManifest(folder);
  await verifyChecksums(folder);
  const stored = manifest.tables.filter(({ kind }) => kind === 'table');
  for (const table of stored) assertReadable(table);
  const known = await storedRuns(store);
  const tables = [];
  for (const table of tableNames) {
    const exported = stored.find(({ name }) => name === table);
    if (exported === undefined) continue;
    let rows = 0;
    let added = 0;
    for await (const block of storeRows(folder, table, exported)) {
      // A run's own row is updated while it goes on, and an older state must not replace a newer one.
      const fresh = table === 'runs' ? block.filter(({ run_id }) => !known.has(run_id)) : block;
      added += (await store.write(batchOf(table, fresh)))[table] ?? 0;
      rows += block.length;
    }
    tables.push({ table, rows, added });
    if (table === 'runs') await makePartitions(store, manifest);
  }
  await store.checkpoint();
  return { manifest, tables };
}

async function storedRuns(store: Pick<Store, 'query'>): Promise<ReadonlySet<unknown>> {
  const { rows } = await store.query('SELECT run_id FROM runs', { maxRows: 10_000_000 });
  return new Set(rows.map(([id]) => id));
}

/** Where tables are divided by time, rows of past runs lie in partitions of their own weeks. */
async function makePartitions(store: Pick<Store, 'query' | 'administer'>, { runs }: Manifest): Promise<void> {
  const { rows } = await store.query(
    `SELECT created_at, coalesce(finished_at, created_at) FROM runs
     WHERE run_id IN (SELECT json_array_elements_text($1::json))`,
    { params: [JSON.stringify(runs.map(({ runId }) => runId))], maxRows: runs.length },
  );
  const spans = rows.map(([from, to]) => ({ from: Date.parse(String(from)), to: Date.parse(String(to)) }));
  await store.administer({ task: 'partition', spans });
}

/** A dataset of another version may have other tables and columns. */
function assertReadable({ name, columns }: ManifestTable): void {
  const table = tableNames.find((one) => one === name);
  if (table === undefined) throw new FleetError('EXPORT_VERSION', `table ${name} is not known`);
  const known = tableSpec(table).columns;
  for (const { name: column, type } of columns) {
    if (known[column]?.type !== type) {
      throw new FleetError('EXPORT_VERSION', `column ${name}.${column} of type ${type} is not known`);
    }
  }
  for (const [column, { nullable }] of Object.entries(known)) {
    if (nullable !== true && !columns.some((one) => one.name === column)) {
      throw new FleetError('EXPORT_VERSION', `column ${name}.${column} is missing`);
    }
  }
}

/** The rows of a table from the first format that it was exported in; columns it lacks are null. */
async function* storeRows<T extends TableName>(
  folder: string,
  table: T,
  { columns, files }: ManifestTable,
): AsyncGenerator<Row<T>[]> {
  const format = exportFormats.find((one) => files.some((file) => file.format === one));
  const lacking = Object.entries(tableSpec(table).columns)
    .filter(([name]) => !columns.some((column) => column.name === name))
    .map(([name, column]): NamedColumn => ({ name, ...column }));
  const all = [...columns, ...lacking];
  for (const file of files.filter((one) => one.format === format)) {
    try {
      for await (const block of readTableFile[file.format](join(folder, file.path), columns)) {
        for (let from = 0; from < block.length; from += writeRows) {
          yield block.slice(from, from + writeRows).map((values) => storeRow(table, all, values));
        }
      }
    } catch (cause) {
      if (cause instanceof FleetError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FleetError('EXPORT_DAMAGED', `${folder}: ${file.path}: ${reason}`, { cause });
    }
  }
}

/** Rows of one transaction. */
const writeRows = 5000;

/** A computed key makes TypeScript forget which table it is. */
function batchOf<T extends TableName>(table: T, rows: readonly Row<T>[]): RowBatch {
  return Object.fromEntries([[table, rows]]);
}
