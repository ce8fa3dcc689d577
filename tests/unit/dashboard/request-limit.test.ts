import { describe, expect, it } from 'vitest';
import { RequestLimit } from '#internal/dashboard/server/request-limit.js';

describe('the limit of requests', () => {
  it('lets 2,000 of an address through at once, then 200 a second, and others all the while', () => {
    const limit = new RequestLimit();
    const passed = (count: number, now: number): number =>
      Array.from({ length: count }, () => limit.allows('a', now)).filter(Boolean).length;
    expect(passed(3000, 0)).toBe(2000);
    expect(limit.allows('b', 0)).toBe(true);
    expect(passed(3000, 1000)).toBe(200);
    expect(passed(3000, 1_000_000)).toBe(2000);
  });

  it('remembers so many addresses and forgets the oldest', () => {
    const limit = new RequestLimit();
    for (let i = 0; i < 2000; i++) limit.allows('first', 0);
    expect(limit.allows('first', 0)).toBe(false);
    for (let i = 0; i < 10_000; i++) limit.allows(`other ${i}`, 0);
    expect(limit.allows('first', 0)).toBe(true);
  });
});
