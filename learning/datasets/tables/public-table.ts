import { FleetError } from '#protocol';
import type { DatasetInfo } from '../dataset-info.js';
import { numberField } from './parse-csv.js';
import type { Table } from './table.js';

/** Where the table is published, and how those files become its rows. */
export interface TableDownload {
  /** Files whose rows belong together, one beside the other; gzip where the name says so. */
  readonly urls: readonly string[];
  readonly skipLines: number;
  readonly delimiter: string;
  /** Makes a row of the table of a row of the files; the row itself where left out. */
  readonly derive?: (row: readonly number[]) => readonly number[];
}

/** A table that this program knows. */
export interface PublicTable {
  readonly info: DatasetInfo;
  /** Columns in their order, without the target, which is the last one. */
  readonly featureNames: readonly string[];
  readonly rows: number;
  /** Of the values, see `tableSha256`: equal whatever file they came in. */
  readonly sha256: string;
  readonly download: TableDownload;
}

/**
 * Makes the table of its records.
 * @throws FleetError DATASET_CORRUPT for another number of rows or columns, or what is not a number
 */
export function publicTable(
  { info, featureNames, rows }: PublicTable,
  records: readonly (readonly string[])[],
  path: string,
): Table {
  const columns = featureNames.length + 1;
  const width = records[0]?.length ?? 0;
  if (records.length !== rows || width !== columns) {
    throw new FleetError(
      'DATASET_CORRUPT',
      `${path}: ${records.length} rows of ${width} columns, expected ${rows} of ${columns}`,
    );
  }
  const names = [...featureNames, 'target'];
  const values = records.map((record, i) =>
    record.map((field, column) => numberField(field, names[column] ?? '', `${path}: row ${i + 1}`)),
  );
  return {
    task: info.task,
    featureNames,
    classNames: info.classNames,
    rows,
    features: Float64Array.from(values.flatMap((row) => row.slice(0, -1))),
    target: Float64Array.from(values, (row) => row.at(-1) ?? Number.NaN),
  };
}
