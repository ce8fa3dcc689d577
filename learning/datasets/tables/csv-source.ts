import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { canonicalJson, FleetError, sha256 } from '#protocol';
import { defaultCacheDir, makeCacheFolder, writeAtomically } from '../cache-folder.js';
import type { DatasetOptions, DatasetSource } from '../dataset.js';
import { parseDatasetArgs } from '../dataset-args.js';
import { openTable, type TableDescription } from './open-table.js';
import { parseCsv } from './parse-csv.js';
import { decodeTable, encodeTable, type Table } from './table.js';
import { type CsvArgs, csvArgsSchema } from './table-args.js';
import { userTable } from './user-table.js';

/**
 * A user's own table: a CSV file with a header, numbers in every column but perhaps the target's.
 * It is parsed once for each content and choice of columns, and then read from the cache.
 *
 * @param file a path, from the working folder or else from the data folder
 */
export function csvSource(file: string): DatasetSource {
  return {
    async prepare(options) {
      const args = parseDatasetArgs(`csv:${file}`, csvArgsSchema, options.datasetArg);
      await readTable(file, args, options);
      return { folder: cacheFolder(options), source: 'file' };
    },
    async open(options) {
      const args = parseDatasetArgs(`csv:${file}`, csvArgsSchema, options.datasetArg);
      const { table, contentSha256 } = await readTable(file, args, options);
      return { ...openTable(describe(file, table), table, args), contentSha256 };
    },
    async locate(options) {
      return pathOf(file, options).catch(() => undefined);
    },
  };
}

function describe(file: string, { task, featureNames, classNames }: Table): TableDescription {
  return {
    name: `csv:${file}`,
    title: basename(file),
    task,
    inputShape: [featureNames.length],
    classes: classNames.length,
    classNames,
    licence: 'the file’s own',
    source: file,
    suggestedModel: 'mlp',
  };
}

function cacheFolder({ cacheDir = defaultCacheDir() }: DatasetOptions): string {
  return join(cacheDir, 'csv');
}

async function readTable(
  file: string,
  { target, task, drop }: CsvArgs,
  options: DatasetOptions,
): Promise<{ table: Table; contentSha256: string }> {
  const path = await pathOf(file, options);
  const bytes = await readFile(path).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('DATASET_UNAVAILABLE', `cannot read ${path}: ${reason}`, { cause });
  });
  const contentSha256 = sha256(bytes);
  const choice = { target, task, drop };
  const cached = join(cacheFolder(options), `${sha256(`${contentSha256} ${canonicalJson(choice)}`)}.f64`);
  const known = await readFile(cached).catch(() => undefined);
  if (known !== undefined) return { table: decodeTable(known, cached), contentSha256 };
  const table = userTable(
    await parseCsv(bytes.toString(), { delimiter: ',', skipLines: 0 }, path, 'DATASET_INVALID'),
    choice,
    path,
  );
  await makeCacheFolder(cacheFolder(options));
  await writeAtomically(cached, encodeTable(table));
  return { table, contentSha256 };
}

async function pathOf(file: string, { dataDir }: DatasetOptions): Promise<string> {
  const candidates = [resolve(file), ...(dataDir === undefined ? [] : [resolve(dataDir, file)])];
  for (const path of candidates) {
    if ((await stat(path).catch(() => undefined))?.isFile() === true) return path;
  }
  throw new FleetError('DATASET_UNAVAILABLE', `csv:${file}; looked: ${candidates.join(', ')}`);
}
