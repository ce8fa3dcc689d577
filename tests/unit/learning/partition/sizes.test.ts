import { describe, expect, it } from 'vitest';
import { balanced, counted, shares, sizes, sum } from './fixtures.js';

describe('iid', () => {
  it('shares differ by one sample at most, the first clients have the remainder', () => {
    expect(sizes(shares({}, balanced(103)))).toEqual([11, 11, 11, 10, 10, 10, 10, 10, 10, 10]);
  });

  it('does not simply cut the data in its order', () => {
    expect(Math.max(...shares({ clients: 2 }, balanced(1000))[0]!)).toBeGreaterThan(900);
  });
});

describe('quantity_skew', () => {
  it('sizes are the proportions of one Dirichlet draw', () => {
    // One entry of a symmetric Dirichlet(alpha) over N has mean 1/N, variance (N-1) / (N² (N alpha + 1)).
    const clients = 5;
    const alpha = 0.8;
    const first = Array.from({ length: 2000 }, (_, seed) => {
      const config = { strategy: 'quantity_skew', distributionParam: alpha, clients, seed, minSamples: 0 };
      return shares(config, balanced(1000))[0]!.length / 1000;
    });
    const mean = sum(first) / first.length;
    const variance = sum(first.map((x) => (x - mean) ** 2)) / first.length;
    expect(mean).toBeCloseTo(1 / clients, 1);
    expect(variance).toBeCloseTo((clients - 1) / (clients ** 2 * (clients * alpha + 1)), 2);
  });

  it('is even for a large alpha; what rounding leaves goes to the first clients', () => {
    const even = sizes(shares({ strategy: 'quantity_skew', distributionParam: 1e6 }, balanced(1003)));
    for (const size of even) expect(Math.abs(size - 100)).toBeLessThanOrEqual(2);
    expect(sum(even)).toBe(1003);
  });
});

describe('mixed', () => {
  it('has the sizes of quantity_skew and a mix of labels a client', () => {
    const all = shares({ strategy: 'mixed', quantityAlpha: 0.5, distributionParam: 0.1 });
    const [smallest = 0, ...others] = sizes(all).sort((a, b) => a - b);
    expect(others.at(-1)).toBeGreaterThan(3 * smallest);
    const largestShare = counted(all).map((counts) => Math.max(...counts) / sum(counts));
    expect(sum(largestShare) / 10).toBeGreaterThan(0.4);
  });

  it('is even in both for large alphas', () => {
    const all = shares({ strategy: 'mixed', quantityAlpha: 1e6, distributionParam: 1e6 });
    for (const counts of counted(all)) {
      expect(Math.abs(sum(counts) - 500)).toBeLessThan(5);
      for (const count of counts) expect(Math.abs(count - 50)).toBeLessThan(40);
    }
  });
});
