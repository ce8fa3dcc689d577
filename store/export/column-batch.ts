import type { ColumnType } from '../columns.js';

interface ValuesOf {
  text: string[];
  /** 0 or 1. */
  bool: Uint8Array;
  int4: Int32Array;
  int8: BigInt64Array;
  float8: Float64Array;
  /** Microseconds since 1970, UTC. */
  timestamptz: BigInt64Array;
  /** JSON text. */
  jsonb: string[];
  'int4[]': (readonly number[])[];
}

/** The values of one column in a batch; where `valid` is 0 the value is null and the slot means nothing. */
export type ColumnData = {
  [T in ColumnType]: {
    readonly name: string;
    readonly type: T;
    readonly values: ValuesOf[T];
    /** One byte a row; absent where no value is null. */
    readonly valid: Uint8Array | undefined;
  };
}[ColumnType];

/** Rows of one table, column by column, all columns of the same length. */
export interface ColumnBatch {
  readonly rows: number;
  readonly columns: readonly ColumnData[];
}
