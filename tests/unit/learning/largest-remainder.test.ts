import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestRemainderQuotas } from '#internal/learning/datasets/tables/largest-remainder.js';

/** No part is kept from being rounded up. */
const free = new Array<number>(30).fill(Number.POSITIVE_INFINITY);

describe('quotas by largest remainders', () => {
  it('gives what rounding down leaves to those who lost most by it, the first of equals', () => {
    // Exact shares: 4.7, 1.6, 1.55, 1.3, 0.6, 0.25.
    expect(largestRemainderQuotas([47, 16, 15.5, 13, 6, 2.5], 10, free)).toEqual([5, 2, 1, 1, 1, 0]);
    expect(largestRemainderQuotas([1, 1, 1], 2, free)).toEqual([1, 1, 0]);
    expect(largestRemainderQuotas([3, 0, 1], 8, free)).toEqual([6, 0, 2]);
  });

  it('rounds no part above its limit, and leaves out what no part may take', () => {
    expect(largestRemainderQuotas([1, 1, 4], 2, [0, 0, 3])).toEqual([0, 0, 2]);
    expect(largestRemainderQuotas([1, 1, 1], 2, [0, 0, 0])).toEqual([0, 0, 0]);
  });

  it('sums to the total and is less than one from every exact share', () => {
    const sizes = fc
      .array(fc.nat(1000), { minLength: 1, maxLength: 30 })
      .filter((all) => Math.max(...all) > 0);
    fc.assert(
      fc.property(sizes, fc.nat(500), (all, total) => {
        const quotas = largestRemainderQuotas(all, total, free);
        const sum = all.reduce((a, b) => a + b, 0);
        expect(quotas.reduce((a, b) => a + b, 0)).toBe(total);
        for (const [i, quota] of quotas.entries()) {
          expect(Math.abs(quota - (total * (all[i] ?? 0)) / sum)).toBeLessThan(1);
        }
      }),
    );
  });
});
