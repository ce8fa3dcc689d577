import type { ColumnSpec } from '../columns.js';

/** What a file of this folder says of its view. */
export interface ViewSpec {
  readonly name: string;
  readonly description: string;
  /** The query behind it, in SQL that PGlite, PostgreSQL and TimescaleDB all run. */
  readonly sql: string;
  readonly columns: Readonly<Record<string, ColumnSpec>>;
}
