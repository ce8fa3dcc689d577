import type { LayoutObject } from './layout-object.js';

/**
 * TimescaleDB's `time_bucket` for databases without it, so that a query runs on all of them. It agrees
 * with TimescaleDB's for widths without months; both count buckets from Monday 2000-01-03.
 */
export const timeBucket: LayoutObject = {
  name: 'function time_bucket',
  create: `CREATE FUNCTION time_bucket(bucket_width interval, ts timestamptz) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN date_bin(bucket_width, ts, TIMESTAMPTZ '2000-01-03 00:00+00')`,
  drop: 'DROP FUNCTION IF EXISTS time_bucket(interval, timestamptz)',
};
