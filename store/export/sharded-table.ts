import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { NamedColumn } from '../columns.js';
import { openArrowFile } from './arrow-file.js';
import type { ColumnBatch } from './column-batch.js';
import { openCsvFile } from './csv-file.js';
import type { ExportFormat, ManifestFile } from './manifest.js';
import { OutputFile } from './output-file.js';
import { openParquetFile } from './parquet-file.js';
import type { OpenTableFile, TableFile } from './table-file.js';

/** Rows of a row group or record batch: what DuckDB takes, large enough for scans of one column. */
export const batchRows = 122_880;
/** Rows of a file: some 50 MB of telemetry as Parquet. */
const shardRows = 16 * batchRows;

const openers: Readonly<Record<ExportFormat, OpenTableFile>> = {
  parquet: openParquetFile,
  csv: openCsvFile,
  arrow: openArrowFile,
};

interface OpenShard {
  readonly path: string;
  readonly output: OutputFile;
  readonly file: TableFile;
  rows: number;
}

/** One table in one format, as numbered files of bounded size; there is at least one. */
export class ShardedTable {
  readonly #folder: string;
  readonly #table: string;
  readonly #columns: readonly NamedColumn[];
  readonly #format: ExportFormat;
  readonly #files: ManifestFile[] = [];
  #shard: OpenShard | undefined;

  /** @param folder of the dataset; files go to `<format>/<table>/` in it */
  constructor(folder: string, table: string, columns: readonly NamedColumn[], format: ExportFormat) {
    this.#folder = folder;
    this.#table = table;
    this.#columns = columns;
    this.#format = format;
  }

  async write(batch: ColumnBatch): Promise<void> {
    if (this.#shard !== undefined && this.#shard.rows + batch.rows > shardRows) await this.#finishShard();
    this.#shard ??= await this.#openShard();
    await this.#shard.file.write(batch);
    this.#shard.rows += batch.rows;
  }

  async finish(): Promise<readonly ManifestFile[]> {
    if (this.#files.length === 0) this.#shard ??= await this.#openShard();
    await this.#finishShard();
    return this.#files;
  }

  async #openShard(): Promise<OpenShard> {
    const number = String(this.#files.length + 1).padStart(5, '0');
    const folder = `${this.#format}/${this.#table}`;
    await mkdir(join(this.#folder, folder), { recursive: true });
    const path = `${folder}/part-${number}.${this.#format}`;
    const output = await OutputFile.create(join(this.#folder, path));
    return { path, output, file: await openers[this.#format](output, this.#columns), rows: 0 };
  }

  async #finishShard(): Promise<void> {
    const shard = this.#shard;
    if (shard === undefined) return;
    await shard.file.end();
    const { bytes, sha256 } = await shard.output.finish();
    this.#shard = undefined;
    this.#files.push({ path: shard.path, format: this.#format, rows: shard.rows, bytes, sha256 });
  }
}
