import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FleetError } from '#protocol';
import { defaultCacheDir, makeCacheFolder, writeAtomically } from '../cache-folder.js';
import type { DatasetOptions, DatasetSource, OnPrepareProgress, PreparedDataset } from '../dataset.js';
import { parseDatasetArgs } from '../dataset-args.js';
import { downloadTable } from './download-table.js';
import { openTable } from './open-table.js';
import { parseCsv } from './parse-csv.js';
import { type PublicTable, publicTable } from './public-table.js';
import { decodeTable, encodeTable, type Table, tableSha256 } from './table.js';
import { tableArgsSchema } from './table-args.js';

const cachedName = 'table.f64';
/** Folders under a data folder that may hold `<name>.csv`. */
const folders = ['tabular', '', 'csv'];

/** A table of the registry: `<name>.csv` with a header and the target last, or its public files. */
export function tableSource(source: PublicTable): DatasetSource {
  const { info } = source;
  return {
    async prepare(options, onProgress) {
      parseDatasetArgs(info.name, tableArgsSchema, options.datasetArg);
      return prepare(source, options, onProgress);
    },
    async open(options) {
      const args = parseDatasetArgs(info.name, tableArgsSchema, options.datasetArg);
      const path = join(cacheFolder(source, options), cachedName);
      const isThere = await stat(path).catch(() => undefined);
      if (isThere === undefined) await prepare(source, options, () => undefined);
      return openTable(info, decodeTable(await readFile(path), path), args);
    },
    async locate(options) {
      const path = await fileUnder(options.dataDir, info.name);
      if (path !== undefined) return dirname(path);
      const folder = cacheFolder(source, options);
      return (await isFile(join(folder, cachedName))) ? folder : undefined;
    },
  };
}

function cacheFolder({ info }: PublicTable, { cacheDir = defaultCacheDir() }: DatasetOptions): string {
  return join(cacheDir, info.name);
}

async function prepare(
  source: PublicTable,
  options: DatasetOptions,
  onProgress: OnPrepareProgress,
): Promise<PreparedDataset> {
  const folder = cacheFolder(source, options);
  await makeCacheFolder(folder);
  const cached = join(folder, cachedName);
  const { name } = source.info;
  const path = await fileUnder(options.dataDir, name);
  if (path !== undefined) {
    onProgress(`${name}: reading ${path}`);
    const records = await parseCsv(await textOf(path), plainCsv, path);
    const table = publicTable(
      source,
      records.map(({ fields }) => fields),
      path,
    );
    assertContent(source, table, path);
    await writeAtomically(cached, encodeTable(table));
    return { folder, source: 'data-dir' };
  }
  const looked = [`no ${name}.csv in ${options.dataDir ?? 'a data folder (--data-dir)'}`];
  const unusable = await whyUnusable(source, cached);
  if (unusable === undefined) return { folder, source: 'cache' };
  looked.push(`in the cache ${folder}: ${unusable}`);
  const table = await downloadTable(source, options, looked, onProgress);
  assertContent(source, table, 'the downloaded file');
  await writeAtomically(cached, encodeTable(table));
  return { folder, source: 'download' };
}

const plainCsv = { delimiter: ',', skipLines: 1 };

function assertContent({ sha256 }: PublicTable, table: Table, path: string): void {
  const actual = tableSha256(table);
  if (actual === sha256) return;
  throw new FleetError(
    'DATASET_CORRUPT',
    `${path}: hash mismatch: SHA-256 of the values is ${actual}, expected ${sha256}`,
  );
}

async function whyUnusable(source: PublicTable, path: string): Promise<string | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return 'not there';
  try {
    assertContent(source, decodeTable(bytes, path), path);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function fileUnder(dataDir: string | undefined, name: string): Promise<string | undefined> {
  if (dataDir === undefined) return undefined;
  for (const folder of folders) {
    for (const file of [`${name}.csv`, `${name}.csv.gz`]) {
      const path = join(dataDir, folder, file);
      if (await isFile(path)) return path;
    }
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

async function textOf(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    return (path.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes).toString();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('DATASET_UNAVAILABLE', `cannot read ${path}: ${reason}`, { cause });
  }
}
