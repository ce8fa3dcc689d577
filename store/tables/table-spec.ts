import type { ColumnSpec } from '../columns.js';

/** What a file of this folder says of its table. */
export interface TableSpec {
  readonly description: string;
  /** Primary key: what makes writing a row twice harmless. */
  readonly key: readonly string[];
  /** Columns that a later row of the same key replaces; without them the first row stays. */
  readonly updatable?: readonly string[];
  readonly columns: Readonly<Record<string, ColumnSpec>>;
}
