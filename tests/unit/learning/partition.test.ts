import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasetInfo, labelCounts, partition, shareHash, strata } from '#learning';
import {
  type PartitionStrategyName,
  parseRunConfig,
  partitionStrategyNames,
  type RunConfig,
  sha256,
} from '#protocol';

const classes = 10;
const balanced = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % classes);

function shares(fields: Record<string, unknown>, labels = balanced(5000)): Uint32Array[] {
  const config = parseRunConfig({ clients: 10, seed: 7, ...fields });
  return partition({ labels, classes }, config);
}

const counted = (all: readonly Uint32Array[], labels = balanced(5000)) =>
  all.map((share) => labelCounts(share, labels, classes));
const sizes = (all: readonly Uint32Array[]) => all.map((share) => share.length);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

const impossible = (message: RegExp) =>
  expect.objectContaining({ code: 'PARTITION_IMPOSSIBLE', message: expect.stringMatching(message) });

/** Strategies that give out every sample, whatever the data. */
const keepAll: readonly PartitionStrategyName[] = [
  'iid',
  'quantity_skew',
  'dirichlet',
  'shard',
  'mixed',
  'feature_noise',
  'feature_shift',
  'concept_drift',
];

const params: Partial<Record<PartitionStrategyName, readonly number[]>> = {
  quantity_skew: [0.001, 0.3, 1e6],
  dirichlet: [0.001, 0.05, 0.5, 10, 1e6],
  mixed: [0.001, 0.5, 1e6],
  temporal_drift: [0.01, 1],
  shard: [1, 2, 3],
  label_per_client: [1, 2, 10],
  pathological: [1, 2, 10],
};

interface Drawn {
  readonly labels: Uint8Array;
  readonly config: RunConfig;
}

const drawn = fc
  .record({
    labels: fc.uint8Array({ min: 0, max: classes - 1, minLength: 60, maxLength: 300 }),
    clients: fc.integer({ min: 1, max: 15 }),
    sampleSize: fc.option(fc.integer({ min: 60, max: 300 }), { nil: undefined }),
    minSamples: fc.integer({ min: 0, max: 4 }),
    strategy: fc.constantFrom(...partitionStrategyNames.filter((name) => name !== 'custom')),
    pick: fc.nat(),
    seed: fc.nat(),
  })
  .map(({ labels, sampleSize, pick, strategy, ...rest }): Drawn => {
    const choices = params[strategy] ?? [undefined];
    const config = parseRunConfig({
      ...rest,
      strategy,
      distributionParam: choices[pick % choices.length],
      sampleSize: sampleSize === undefined ? undefined : Math.min(sampleSize, labels.length),
    });
    return { labels, config };
  });

/** The shares, or undefined where the data cannot be divided so. */
function tryPartition({ labels, config }: Drawn): Uint32Array[] | undefined {
  try {
    return partition({ labels, classes }, config);
  } catch (error) {
    expect(error).toEqual(impossible(/./));
    return undefined;
  }
}

describe('every strategy', () => {
  it('gives no sample twice, every client its minimum, and loses none where it keeps all', () => {
    let divided = 0;
    fc.assert(
      fc.property(drawn, (one) => {
        const { labels, config } = one;
        const all = tryPartition(one);
        if (all === undefined) {
          expect(keepAll.filter((name) => name !== 'shard')).not.toContain(config.strategy);
          return;
        }
        divided++;
        expect(all).toHaveLength(config.clients);
        const flat = all.flatMap((share) => [...share]);
        expect(new Set(flat).size).toBe(flat.length);
        expect(flat.every((index) => index < labels.length)).toBe(true);
        expect(Math.min(...sizes(all))).toBeGreaterThanOrEqual(config.minSamples);
        const taking = config.sampleSize ?? labels.length;
        if (keepAll.includes(config.strategy)) expect(flat).toHaveLength(taking);
        else expect(flat.length).toBeLessThanOrEqual(taking);
        if (config.strategy !== 'temporal_drift') {
          for (const share of all) expect(share).toEqual(share.slice().sort());
        }
      }),
      { numRuns: 600 },
    );
    expect(divided).toBeGreaterThan(300);
  });

  it('gives the same shares for the same configuration', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        expect(tryPartition(one)).toEqual(tryPartition(one));
      }),
    );
  });

  it.each(partitionStrategyNames.filter((name) => name !== 'custom'))(
    '%s: other shares for another seed',
    (strategy) => {
      expect(shares({ strategy, seed: 8 })).not.toEqual(shares({ strategy }));
    },
  );

  it('draws the sub-sample without replacement and not from the start only', () => {
    const [share = new Uint32Array()] = shares({ clients: 1, sampleSize: 100 });
    expect(share).toHaveLength(100);
    expect(new Set(share).size).toBe(100);
    expect(Math.max(...share)).toBeGreaterThan(4000);
  });

  it('says so when there are not enough samples', () => {
    expect(() => shares({ clients: 5001 })).toThrow(
      impossible(/5000 samples for --clients 5001; at most 5000/),
    );
    expect(() => shares({ sampleSize: 9 })).toThrow(impossible(/9 samples for --clients 10/));
    expect(() => shares({ sampleSize: 5001 })).toThrow(
      impossible(/--sample-size 5001, the dataset has 5000/),
    );
    expect(() => shares({ minSamples: 501 })).toThrow(impossible(/--min-samples 501; at most 9 clients/));
  });
});

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
    }
  });
});

describe('custom', () => {
  const custom = (distribution: unknown, clients: number) =>
    counted(shares({ strategy: 'custom', distribution, clients }));

  it('gives every client the counts asked for, clients in the order of their numbers', () => {
    const distribution = { client_10: { 1: 7 }, client_2: { 3: 1, 0: 5 } };
    expect(custom(distribution, 2)).toEqual([
      [5, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      [0, 7, 0, 0, 0, 0, 0, 0, 0, 0],
    ]);
  });

  it('cuts a longer file off, and gives clients that it lacks 100 of each label, as MDG does', () => {
    const distribution = { client_1: { 9: 3 }, client_2: { 8: 4 } };
    expect(custom(distribution, 1)).toEqual([[0, 0, 0, 0, 0, 0, 0, 0, 0, 3]]);
    expect(custom(distribution, 3)[2]).toEqual(new Array(10).fill(100));
  });

  it('takes class names for labels', () => {
    const config = parseRunConfig({ strategy: 'custom', clients: 1, distribution: { a: { Bag: 2 } } });
    const data = { labels: Uint8Array.of(0, 1, 1, 1), classes: 2, classNames: ['Coat', 'Bag'] };
    expect(labelCounts(partition(data, config)[0]!, data.labels, 2)).toEqual([0, 2]);
  });

  it('refuses unknown labels, more samples than there are, and a client without any', () => {
    expect(() => custom({ a: { 10: 1 } }, 1)).toThrow(
      impossible(/a: unknown label "10"; the labels are 0 to 9/),
    );
    expect(() => custom({ a: { '1.5': 1 } }, 1)).toThrow(impossible(/unknown label "1.5"/));
    expect(() => custom({ a: { 3: 400 }, b: { 3: 101 } }, 2)).toThrow(
      impossible(/--distribution asks for 501 samples of label 3; there are 500/),
    );
    expect(() => custom({ a: { 3: 400 }, b: {} }, 2)).toThrow(
      impossible(/--min-samples 1: .* a client with 0/),
    );
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

describe('temporal_drift', () => {
  it('gives every client as many samples of a first mix as of a second one', () => {
    const all = shares({ strategy: 'temporal_drift', distributionParam: 0.1 });
    expect(sizes(all)).toEqual(new Array(10).fill(500));
    const distances = all.map((share) => {
      const before = labelCounts(share.subarray(0, 250), balanced(5000), classes);
      const after = labelCounts(share.subarray(250), balanced(5000), classes);
      return sum(before.map((count, label) => Math.abs(count - after[label]!))) / 500;
    });
    expect(sum(distances) / 10).toBeGreaterThan(0.5);
  });
});

describe('data that a strategy does not suit', () => {
  const data = { labels: balanced(100), classes, inputShape: [13] };

  it('is refused: tables cannot be turned, a regression has no labels to permute', () => {
    expect(() => partition(data, parseRunConfig({ strategy: 'feature_shift' }))).toThrow(
      impossible(/--feature-shift rotation: turns square images; samples have the shape 13/),
    );
    expect(
      partition(data, parseRunConfig({ strategy: 'feature_shift', featureShift: 'brightness' })),
    ).toHaveLength(10);
    expect(() =>
      partition({ ...data, task: 'regression' }, parseRunConfig({ strategy: 'concept_drift' })),
    ).toThrow(impossible(/--strategy concept_drift: permutes labels/));
  });
});

describe('strata of a regression', () => {
  const info = { ...datasetInfo('diabetes'), trainCount: 1000 };
  const binned = (targets: Float32Array, bins: number) =>
    strata({ info, trainLabels: new Uint8Array(targets.length), trainTargets: targets }, bins);

  it('are bins of equal count by quantiles', () => {
    // 0 and -0 are equal targets.
    const distinct = fc.float({ noNaN: true }).map((value) => (value === 0 ? 0 : value));
    fc.assert(
      fc.property(fc.uniqueArray(distinct, { minLength: 50, maxLength: 300 }), (values) => {
        const targets = Float32Array.from(values);
        const { labels, classes: bins } = binned(targets, 7);
        const counts = labelCounts(Uint32Array.from(targets.keys()), labels, bins);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        const order = [...targets.keys()].sort((a, b) => targets[a]! - targets[b]!);
        for (let i = 1; i < order.length; i++) {
          expect(labels[order[i]!]!).toBeGreaterThanOrEqual(labels[order[i - 1]!]!);
        }
      }),
    );
  });

  it('never part equal targets', () => {
    const { labels } = binned(
      Float32Array.from({ length: 100 }, (_, i) => (i < 90 ? 5 : i)),
      10,
    );
    expect(new Set(labels.slice(0, 90)).size).toBe(1);
  });

  it('are the labels themselves where there are some', () => {
    const trainLabels = balanced(20);
    expect(strata({ info: datasetInfo('mnist'), trainLabels }, 7)).toMatchObject({
      labels: trainLabels,
      classes,
    });
  });
});

describe('shares', () => {
  it('counts labels', () => {
    expect(labelCounts(Uint32Array.of(0, 1, 4), Uint8Array.of(2, 0, 1, 1, 2), 3)).toEqual([1, 0, 2]);
  });

  it('hashes indices as little-endian uint32', () => {
    const bytes = Uint8Array.of(1, 0, 0, 0, 0x04, 0x03, 0x02, 0x01);
    expect(shareHash(Uint32Array.of(1, 0x01020304))).toBe(sha256(bytes));
  });
});
