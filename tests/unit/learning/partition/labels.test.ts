import { describe, expect, it } from 'vitest';
import { labelCounts, partition } from '#learning';
import { parseRunConfig } from '#protocol';
import { balanced, classes, counted, impossible, shares, sizes, sum } from './fixtures.js';

describe('dirichlet', () => {
  const skew = (distributionParam: number) => {
    const all = counted(shares({ strategy: 'dirichlet', distributionParam }));
    const distances = all.map((counts) => {
      const size = sum(counts);
      return sum(counts.map((count) => Math.abs(count / size - 1 / classes))) / 2;
    });
    return sum(distances) / distances.length;
  };

  it('is near even for a large alpha, nearly a class a client for a small one', () => {
    expect(skew(1e6)).toBeLessThan(0.01);
    expect(skew(0.5)).toBeGreaterThan(0.2);
    expect(skew(0.01)).toBeGreaterThan(0.75);
  });

  it('a class’s share at one client follows Beta(alpha, (N - 1) alpha): chi-squared over ten cells', () => {
    // With alpha = 1 and N = 5 that is Beta(1, 4), whose distribution function is 1 - (1 - x)^4.
    const clients = 5;
    const perClass = 2000;
    const cells = 10;
    const observed = new Array<number>(cells).fill(0);
    const draws = 100;
    const labels = balanced(perClass * classes);
    for (let seed = 0; seed < draws; seed++) {
      const all = shares(
        { strategy: 'dirichlet', distributionParam: 1, clients, seed, minSamples: 0 },
        labels,
      );
      for (const count of labelCounts(all[0]!, labels, classes)) {
        const cell = Math.min(cells - 1, Math.floor(cells * (1 - (1 - count / perClass) ** 4)));
        observed[cell]!++;
      }
    }
    const expected = (draws * classes) / cells;
    const chiSquared = sum(observed.map((count) => (count - expected) ** 2 / expected));
    // 9 degrees of freedom: 27.88 is exceeded once in a thousand times.
    expect(chiSquared).toBeLessThan(27.88);
  });

  it('repeats a draw that leaves a client short, and tops up what ten draws leave', () => {
    for (const distributionParam of [0.001, 0.05, 0.3]) {
      const all = shares({ strategy: 'dirichlet', distributionParam, clients: 40, minSamples: 60 });
      expect(Math.min(...sizes(all))).toBeGreaterThanOrEqual(60);
      expect(sum(sizes(all))).toBe(5000);
    }
  });

  it('leaves clients without samples where the minimum is 0', () => {
    const all = shares({ strategy: 'dirichlet', distributionParam: 0.001, clients: 40, minSamples: 0 });
    expect(Math.min(...sizes(all))).toBe(0);
  });
});

describe('shard', () => {
  it.each([1, 2, 5])(
    'gives each client %i shards of near-equal size and at most as many cuts of labels',
    (s) => {
      const all = shares({ strategy: 'shard', distributionParam: s });
      expect(sum(sizes(all))).toBe(5000);
      for (const share of all) expect(Math.abs(share.length - 500)).toBeLessThanOrEqual(s);
      // 5000 / (10 s) samples a shard, 500 a class: a shard lies within one class.
      for (const counts of counted(all))
        expect(counts.filter((count) => count > 0).length).toBeLessThanOrEqual(s);
    },
  );

  it('refuses more shards than samples', () => {
    expect(() => shares({ strategy: 'shard', distributionParam: 501 })).toThrow(
      impossible(/--distribution-param 501: 5010 shards of 5000 samples; at most 500/),
    );
  });
});

describe('label_per_client and pathological', () => {
  const held = (fields: Record<string, unknown>) =>
    counted(shares(fields)).map((counts) => counts.flatMap((count, label) => (count > 0 ? [label] : [])));

  it.each([1, 2, 7])('every client holds exactly %i labels', (distributionParam) => {
    for (const strategy of ['label_per_client', 'pathological']) {
      for (const labels of held({ strategy, distributionParam, clients: 23 })) {
        expect(labels).toHaveLength(distributionParam);
      }
    }
  });

  it('divides each label evenly over its holders', () => {
    for (const strategy of ['label_per_client', 'pathological']) {
      const all = counted(shares({ strategy, distributionParam: 3, clients: 7 }));
      for (let label = 0; label < classes; label++) {
        const parts = all.map((counts) => counts[label]!).filter((count) => count > 0);
        if (parts.length > 0) expect(sum(parts)).toBe(500);
        expect(Math.max(0, ...parts) - Math.min(...parts, 500)).toBeLessThanOrEqual(1);
      }
    }
  });

  // The published behaviour of Flower's PathologicalPartitioner, by its class_assignment_mode.
  it('first-deterministic: client i holds label i mod K, so that every label is held', () => {
    const labels = held({ strategy: 'pathological', distributionParam: 2, clients: 25 });
    for (const [client, mine] of labels.entries()) expect(mine).toContain(client % classes);
    expect(new Set(labels.flat()).size).toBe(classes);
  });

  it('deterministic: client i holds labels i, i + 1, … mod K', () => {
    const labels = held({
      strategy: 'pathological',
      classAssignment: 'deterministic',
      distributionParam: 3,
      clients: 12,
    });
    for (const [client, mine] of labels.entries()) {
      const expected = [0, 1, 2].map((i) => (client + i) % classes).sort((a, b) => a - b);
      expect(mine).toEqual(expected);
    }
  });

  it('random is label_per_client', () => {
    expect(shares({ strategy: 'pathological', classAssignment: 'random', distributionParam: 2 })).toEqual(
      shares({ strategy: 'label_per_client', distributionParam: 2 }),
    );
  });

  it('refuses more labels a client than there are, and a label with more holders than samples', () => {
    const few = Uint8Array.from({ length: 40 }, (_, i) => (i < 39 ? 0 : 1));
    for (const strategy of ['label_per_client', 'pathological']) {
      expect(() => shares({ strategy, distributionParam: 11 })).toThrow(
        impossible(/--distribution-param 11: the data has 10 labels; 1 to 10 a client/),
      );
      expect(() =>
        partition({ labels: few, classes: 2 }, parseRunConfig({ strategy, distributionParam: 2 })),
      ).toThrow(impossible(/10 clients hold label 1, which has 1 samples/));
      const named = { labels: few, classes: 2, classNames: ['coat', 'bag'] };
      expect(() => partition(named, parseRunConfig({ strategy, distributionParam: 2 }))).toThrow(
        impossible(/10 clients hold label "bag", which has 1 samples/),
      );
    }
  });
});
