/** The PostgreSQL types that the tables use, by the names that PostgreSQL gives them. */
export type ColumnType = 'text' | 'bool' | 'int4' | 'int8' | 'float8' | 'timestamptz' | 'jsonb' | 'int4[]';

/**
 * Where a column's value comes from. `configured` is set by the user or the program's version;
 * `derived` is computed from configuration, seed and data, so two runs agree on it; `modelled` is
 * drawn from a device, network or price model; `measured` depends on a clock, a counter or an
 * observation of this machine, so only these may differ between two runs of one configuration.
 */
export type Provenance = 'key' | 'configured' | 'derived' | 'modelled' | 'measured';

/** What a figure tells about a service, as in the literature on service quality. */
export type MetricDomain = 'quality' | 'performance' | 'reliability' | 'cost' | 'resource';

export interface ColumnSpec {
  readonly type: ColumnType;
  readonly nullable?: true;
  /** Unit of measure; absent where there is none. */
  readonly unit?: string;
  /** Of figures by which services are compared. */
  readonly domain?: MetricDomain;
  /** Whether more or less of it is better, where that can be said. */
  readonly direction?: 'higher' | 'lower';
  readonly provenance: Provenance;
  readonly description: string;
}

/** A column with its name, where columns stand in a list. */
export interface NamedColumn extends ColumnSpec {
  readonly name: string;
}

interface ValueOf {
  text: string;
  bool: boolean;
  int4: number;
  /** A whole number within ±2^53. */
  int8: number;
  float8: number;
  /** Milliseconds since 1970, UTC; fractions are kept to the microsecond. */
  timestamptz: number;
  jsonb: unknown;
  'int4[]': readonly number[];
}

/** What a row holds for a column: the value, or null where the column allows it. */
export type ColumnValue<C extends ColumnSpec> =
  | ValueOf[C['type']]
  | (C extends { readonly nullable: true } ? null : never);

const isInt4 = (value: unknown): boolean => Number.isInteger(value) && value === (Number(value) | 0);

const accepts: Record<ColumnType, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  bool: (value) => typeof value === 'boolean',
  int4: isInt4,
  int8: Number.isSafeInteger,
  float8: (value) => typeof value === 'number',
  // ±8.64e15 ms is the range of a Date; beyond 2^53 µs the microseconds would be lost.
  timestamptz: (value) => Number.isFinite(value) && Math.abs(Number(value)) < 8.64e12,
  jsonb: (value) => value !== undefined,
  'int4[]': (value) => Array.isArray(value) && value.every(isInt4),
};

/** Whether the database can hold `value` in a column; undefined is never held. */
export function fitsColumn(column: ColumnSpec, value: unknown): boolean {
  return value === null ? column.nullable === true : acceptsType(column.type)(value);
}

/** Whether a value other than null is one of the type. */
export const acceptsType = (type: ColumnType): ((value: unknown) => boolean) => accepts[type];
