import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FleetError } from '#protocol';
import { syncPath } from '../folder-sync.js';
import { findRun } from '../runs.js';
import type { Store, StoreSnapshot } from '../store.js';
import { writeChecksums } from './checksums.js';
import type { ColumnBatch } from './column-batch.js';
import { rowsOfBatch } from './field-value.js';
import { FormatThread } from './format-thread.js';
import { type ExportLayer, type ExportTable, selectRun, tablesOf } from './layers.js';
import { type ExportFormat, formatVersion, type Manifest, type ManifestTable } from './manifest.js';
import { papers } from './papers.js';
import { readCopy } from './read-copy.js';
import { type RunFacts, storeRow } from './run-facts.js';
import { batchRows } from './sharded-table.js';

export interface ExportOptions {
  /** Ids, names or starts of ids. */
  readonly runs: readonly string[];
  /** Folder to make; it must not be there, or be empty. */
  readonly folder: string;
  readonly formats: readonly ExportFormat[];
  readonly layers: readonly ExportLayer[];
  readonly publication: Manifest['publication'];
  /** Version of mlaas-fleet. */
  readonly generator: string;
  readonly exportedAt: Date;
  /** Ends the export; nothing is left of it. */
  readonly signal?: AbortSignal;
}

export interface ExportSummary {
  readonly folder: string;
  /** SHA-256 of SHA256SUMS: names the dataset's whole content. */
  readonly digest: string;
  readonly manifest: Manifest;
}

/**
 * Writes stored runs as a dataset ready to publish: data files and the papers that belong to them. It is
 * written beside its folder and renamed at the end, so that there is never half a dataset. Memory is bounded
 * by two row groups in each format.
 *
 * @throws FleetError RUN_UNKNOWN, EXPORT_EXISTS, OUTPUT_UNWRITABLE, INTERRUPTED; STORE_FAILED, STORE_UNREACHABLE
 * @example
 * await exportDataset(store, {
 *   runs: ['20260102-030405-1a2b3c'], folder: 'my-dataset', formats: ['parquet'], layers: ['client_rounds'],
 *   publication: { title: 'My dataset', version: '1.0.0', authors: ['A. Author'], licence: 'CC-BY-4.0' },
 *   generator: '0.1.0', exportedAt: new Date(),
 * });
 */
export async function exportDataset(
  store: Pick<Store, 'query' | 'snapshot'>,
  options: ExportOptions,
): Promise<ExportSummary> {
  const runIds = await resolveRuns(store, options.runs);
  const folder = resolve(options.folder);
  await assertFree(folder);
  const draft = join(dirname(folder), `.${basename(folder)}.${process.pid}.part`);
  try {
    await mkdir(draft, { recursive: true });
    const { tables, runs } = await store.snapshot((snapshot) =>
      writeTables(snapshot, draft, runIds, options),
    );
    const manifest = createManifest(options, runs, tables);
    for (const [name, text] of await papers(manifest, runs)) {
      await writeFile(join(draft, name), text, name.endsWith('.sh') ? { mode: 0o755 } : {});
    }
    const files = tables.flatMap((table) => table.files);
    const digest = await writeChecksums(draft, new Map(files.map(({ path, sha256 }) => [path, sha256])));
    await publish(draft, folder);
    return { folder, digest, manifest };
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    throw isFileError(cause) ? unwritable(folder, cause) : cause;
  }
}

/** The ids, each once, in the order of their starts. */
async function resolveRuns(store: Pick<Store, 'query'>, runs: readonly string[]): Promise<string[]> {
  const ids = new Set<string>();
  for (const run of runs) ids.add(await findRun(store, run));
  return [...ids].sort();
}

async function assertFree(folder: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory() && (await readdir(folder)).length === 0) return;
  } catch (cause) {
    if (isFileError(cause) && cause.code === 'ENOENT') return;
    throw unwritable(folder, cause);
  }
  throw new FleetError('EXPORT_EXISTS', folder);
}

interface WrittenTables {
  readonly tables: readonly ManifestTable[];
  readonly runs: readonly RunFacts[];
}

async function writeTables(
  snapshot: StoreSnapshot,
  draft: string,
  runIds: readonly string[],
  options: ExportOptions,
): Promise<WrittenTables> {
  const tables: ManifestTable[] = [];
  const facts = new FactsCollector();
  const threads = options.formats.map((format) => new FormatThread(draft, format));
  try {
    for (const table of tablesOf(options.layers)) {
      tables.push(await writeTable(snapshot, threads, table, runIds, facts, options.signal));
    }
  } finally {
    for (const thread of threads) await thread.end();
  }
  return { tables, runs: facts.runs() };
}

async function writeTable(
  snapshot: StoreSnapshot,
  threads: readonly FormatThread[],
  table: ExportTable,
  runIds: readonly string[],
  facts: FactsCollector,
  signal: AbortSignal | undefined,
): Promise<ManifestTable> {
  const { name, kind, description, key, columns } = table;
  for (const thread of threads) await thread.begin(name, columns);
  const nulls = Object.fromEntries(columns.filter((c) => c.nullable).map((c) => [c.name, 0]));
  let rows = 0;
  for (const runId of runIds) {
    const chunks = snapshot.copyOut(selectRun(table, runId), columns);
    for await (const batch of readCopy(chunks, columns, batchRows)) {
      if (signal?.aborted === true) throw new FleetError('INTERRUPTED', 'the export was given up');
      for (const thread of threads) await thread.write(batch);
      facts.add(table, () => rowsOfBatch(batch));
      countNulls(nulls, batch);
      rows += batch.rows;
    }
  }
  const files = [];
  for (const thread of threads) files.push(...(await thread.finish()));
  return { name, kind, description, key: [...key], rows, columns: [...columns], nulls, files };
}

function countNulls(nulls: Record<string, number>, { columns }: ColumnBatch): void {
  for (const { name, valid } of columns) {
    for (const byte of valid ?? []) if (byte === 0) nulls[name] = (nulls[name] ?? 0) + 1;
  }
}

/** Keeps what the papers tell of the runs, as it passes by. */
class FactsCollector {
  readonly #runs: RunFacts['run'][] = [];
  readonly #params: RunFacts['params'][number][] = [];

  add({ name, columns }: ExportTable, rows: () => ReturnType<typeof rowsOfBatch>): void {
    if (name === 'runs') for (const row of rows()) this.#runs.push(storeRow('runs', columns, row));
    if (name === 'run_params')
      for (const row of rows()) this.#params.push(storeRow('run_params', columns, row));
  }

  runs(): RunFacts[] {
    return this.#runs.map((run) => ({
      run,
      params: this.#params.filter(({ run_id }) => run_id === run.run_id),
    }));
  }
}

function createManifest(
  options: ExportOptions,
  runs: readonly RunFacts[],
  tables: readonly ManifestTable[],
): Manifest {
  return {
    format: 'mlaas-fleet dataset',
    formatVersion,
    generator: options.generator,
    exportedAt: options.exportedAt.toISOString(),
    layers: [...options.layers],
    publication: options.publication,
    runs: runs.map(({ run }) => ({
      runId: run.run_id,
      name: run.name,
      configSha256: run.config_sha256,
      codeVersion: run.code_version,
    })),
    tables: [...tables],
  };
}

/** Gives the finished dataset its name; what has the name is whole and on the disk. */
async function publish(draft: string, folder: string): Promise<void> {
  for (const entry of await readdir(draft, { recursive: true, withFileTypes: true })) {
    // Windows cannot sync folders and does not need to.
    if (entry.isFile() || process.platform !== 'win32') {
      syncPath(join(entry.parentPath, entry.name), entry.isFile() ? 'r+' : 'r');
    }
  }
  await rename(draft, folder);
  if (process.platform !== 'win32') syncPath(dirname(folder), 'r');
}

function isFileError(cause: unknown): cause is NodeJS.ErrnoException {
  // An error of a format's thread has both, but not always a value.
  return cause instanceof Error && 'syscall' in cause && typeof cause.syscall === 'string';
}

function unwritable(folder: string, cause: unknown): FleetError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FleetError('OUTPUT_UNWRITABLE', `${folder} (${reason})`, { cause });
}
