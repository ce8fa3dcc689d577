import { describe, expect, it } from 'vitest';
import { firstWeek, weekAfter, weekPartition, weeksOf } from '#internal/store/partitions/week.js';

const monday = Date.UTC(2026, 10, 16);
const span = (from: number, to: number) => weeksOf({ from, to });

describe('weeks', () => {
  it('begin on Monday, in UTC', () => {
    expect(span(monday, monday)).toEqual([monday]);
    expect(span(monday - 1, monday)).toEqual([Date.UTC(2026, 10, 9), monday]);
    expect(span(monday + 6.99 * 86_400_000, weekAfter(monday) - 1)).toEqual([monday]);
    expect(new Date(firstWeek).getUTCDay()).toBe(1);
    expect(weekAfter(monday)).toBe(Date.UTC(2026, 10, 23));
  });

  it('are none of before 2000, and none of a span that ends before it begins', () => {
    expect(span(0, firstWeek - 1)).toEqual([]);
    expect(span(0, firstWeek)).toEqual([firstWeek]);
    expect(span(monday + 1, monday - 1)).toEqual([]);
  });

  it('give their partitions their names', () => {
    expect(weekPartition('telemetry', monday)).toBe('telemetry_20261116');
  });
});
