import type { NamedColumn } from '../columns.js';
import type { ColumnBatch } from './column-batch.js';
import type { ByteSink } from './output-file.js';

/** Writes one file of rows in some format; what is encoded goes to the file at once. */
export interface TableFile {
  write(batch: ColumnBatch): Promise<void>;
  /** Writes what the format wants at the end. The output itself stays open. */
  end(): Promise<void>;
}

/** Begins a file of rows with these columns. */
export type OpenTableFile = (output: ByteSink, columns: readonly NamedColumn[]) => Promise<TableFile>;
