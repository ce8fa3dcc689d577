import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelCounts, partition, shareHash } from '#learning';
import {
  type PartitionStrategyName,
  parseRunConfig,
  partitionStrategyNames,
  type RunConfig,
  sha256,
} from '#protocol';
import { balanced, classes, impossible, shares, sizes, sum } from './fixtures.js';

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

describe('--min-samples 0', () => {
  it.each(['iid', 'quantity_skew', 'dirichlet', 'mixed', 'concept_drift'])(
    '%s: divides fewer samples than clients, and loses none',
    (strategy) => {
      const all = sizes(shares({ strategy, clients: 20, minSamples: 0 }, balanced(15)));
      expect(all).toHaveLength(20);
      expect(sum(all)).toBe(15);
    },
  );

  it('refuses what only whole shards or holders can divide, and says how many clients they allow', () => {
    const few = { clients: 20, minSamples: 0 };
    expect(() => shares({ ...few, strategy: 'shard' }, balanced(15))).toThrow(
      impossible(/40 shards of 15 samples; at most 15 --clients/),
    );
    expect(() => shares({ ...few, strategy: 'pathological' }, balanced(15))).toThrow(
      impossible(/clients hold label \d, which has \d samples; fewer --clients/),
    );
  });

  it('refuses a division of which no client has a sample', () => {
    expect(() => shares({ strategy: 'custom', minSamples: 0, clients: 1, distribution: { a: {} } })).toThrow(
      impossible(/--strategy custom leaves every client without samples/),
    );
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
