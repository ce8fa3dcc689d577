import type { TableName } from '../tables/index.js';

const weekMs = 7 * 24 * 60 * 60 * 1000;

/**
 * Monday 2000-01-03, from which `time_bucket` counts. A clock that tells an earlier time was never set, so no week
 * before it gets a partition.
 */
export const firstWeek = Date.UTC(2000, 0, 3);

/** A span of time, in ms since 1970. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** The weeks that a span touches, as the time in ms of their Monday in UTC. */
export function weeksOf({ from, to }: TimeSpan): number[] {
  const weeks: number[] = [];
  const begin = Math.max(from, firstWeek);
  for (let week = begin - ((begin - firstWeek) % weekMs); week <= to; week += weekMs) weeks.push(week);
  return weeks;
}

/** The Monday after a week, in ms. */
export const weekAfter = (week: number): number => week + weekMs;

/** The partition of a table for one week; named by its Monday, such as `telemetry_20261116`. */
export function weekPartition(table: TableName, week: number): string {
  return `${table}_${new Date(week).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** The partition for rows of a time that has no other. */
export const defaultPartition = (table: TableName): string => `${table}_default`;

/** A time in ms as an SQL literal. */
export const timeLiteral = (ms: number): string => `TIMESTAMPTZ '${new Date(ms).toISOString()}'`;
