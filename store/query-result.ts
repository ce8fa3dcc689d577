import { parse } from 'postgres-array';

/** A value of a query's result; it survives JSON unchanged. */
export type QueryValue =
  | null
  | boolean
  | number
  | string
  | readonly QueryValue[]
  | { readonly [key: string]: QueryValue };

export interface QueryResult {
  /** Name and PostgreSQL type of every column, such as `{ name: 'round', type: 'int4' }`. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly QueryValue[])[];
  /** Whether there were more rows than asked for. */
  readonly truncated: boolean;
}

/**
 * A value from PostgreSQL's text form. Whole numbers beyond ±2^53 and the floats that JSON lacks
 * (NaN, ±Infinity) stay strings; a `numeric` with a fraction becomes the nearest double; timestamps
 * become ISO 8601 (`2026-01-02T03:04:05.678901Z`); arrays and JSON become values; the rest is text.
 *
 * @param type a type's name as in pg_type, with `[]` after an element's name for an array
 */
export function parseValue(type: string, text: string): QueryValue {
  if (type.endsWith('[]')) {
    const element = type.slice(0, -2);
    return parse(text, (item) => parseValue(element, item));
  }
  switch (type) {
    case 'bool':
      return text === 't';
    case 'int2':
    case 'int4':
    case 'oid':
    case 'int8':
    case 'float4':
    case 'float8':
    case 'numeric':
      return safeNumber(text);
    case 'timestamptz':
    case 'timestamp':
      return text.replace(' ', 'T').replace(/\+00$/, 'Z');
    case 'json':
    case 'jsonb':
      return JSON.parse(text);
    default:
      return text;
  }
}

function safeNumber(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)) ? value : text;
}
