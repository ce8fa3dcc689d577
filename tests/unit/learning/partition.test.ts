import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelCounts, type PartitionRequest, partition, shareHash } from '#learning';
import { FleetError, sha256 } from '#protocol';

const classes = 10;
const balanced = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % classes);
const base: PartitionRequest = {
  labels: balanced(5000),
  classes,
  clients: 10,
  strategy: 'dirichlet',
  param: 0.5,
  seed: 7,
};

const request = fc
  .record({
    labels: fc.uint8Array({ min: 0, max: classes - 1, minLength: 1, maxLength: 300 }),
    clientRatio: fc.double({ min: 0, max: 1, noNaN: true }),
    sampleRatio: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    strategy: fc.constantFrom('iid' as const, 'dirichlet' as const),
    param: fc.constantFrom(0.001, 0.05, 0.5, 1, 10, 1e6),
    seed: fc.nat(),
  })
  .map(({ labels, clientRatio, sampleRatio, ...rest }): PartitionRequest => {
    const sampleSize =
      sampleRatio === undefined ? undefined : Math.max(1, Math.round(sampleRatio * labels.length));
    const clients = Math.max(1, Math.round(clientRatio * (sampleSize ?? labels.length)));
    return { ...rest, labels, classes, sampleSize, clients };
  });

/** Mean over clients of the total variation distance between a client's classes and even ones. */
function skew(shares: readonly Uint32Array[], labels: Uint8Array): number {
  const distances = shares.map((share) => {
    const counts = labelCounts(share, labels, classes);
    return counts.reduce((sum, count) => sum + Math.abs(count / share.length - 1 / classes), 0) / 2;
  });
  return distances.reduce((a, b) => a + b, 0) / distances.length;
}

describe('partition', () => {
  it('gives every drawn sample to exactly one client, and every client at least one', () => {
    fc.assert(
      fc.property(request, (drawn) => {
        const shares = partition(drawn);
        expect(shares).toHaveLength(drawn.clients);
        expect(shares.every((share) => share.length >= 1)).toBe(true);
        const all = shares.flatMap((share) => [...share]);
        expect(all).toHaveLength(drawn.sampleSize ?? drawn.labels.length);
        expect(new Set(all).size).toBe(all.length);
        expect(all.every((index) => index < drawn.labels.length)).toBe(true);
        for (const share of shares) expect(share).toEqual(share.slice().sort());
      }),
    );
  });

  it('gives the same shares for the same request, others for another seed', () => {
    fc.assert(
      fc.property(request, (drawn) => {
        expect(partition(drawn)).toEqual(partition(drawn));
      }),
    );
    for (const strategy of ['iid', 'dirichlet'] as const) {
      const one = partition({ ...base, strategy });
      expect(partition({ ...base, strategy, seed: 8 })).not.toEqual(one);
    }
  });

  it('iid: shares differ by one sample at most, the first clients have the remainder', () => {
    const shares = partition({ ...base, strategy: 'iid', labels: balanced(103) });
    expect(shares.map((share) => share.length)).toEqual([11, 11, 11, 10, 10, 10, 10, 10, 10, 10]);
  });

  it('iid: does not simply cut the data in its order', () => {
    const shares = partition({ ...base, strategy: 'iid', clients: 2, labels: balanced(1000) });
    expect(Math.max(...shares[0]!)).toBeGreaterThan(900);
  });

  it('dirichlet: a large alpha is near even, a small one nearly a class a client', () => {
    const at = (param: number) => {
      const shares = partition({ ...base, param });
      return { skew: skew(shares, base.labels), sizes: shares.map((share) => share.length) };
    };
    const even = at(1e6);
    expect(even.skew).toBeLessThan(0.01);
    for (const size of even.sizes) expect(Math.abs(size - 500)).toBeLessThan(10);
    expect(at(0.5).skew).toBeGreaterThan(0.2);
    expect(at(0.01).skew).toBeGreaterThan(0.75);
    expect(at(0.01).skew).toBeGreaterThan(at(0.5).skew);
  });

  it('dirichlet: the share of a class at one client has the mean and variance of the distribution', () => {
    // One entry of a symmetric Dirichlet(alpha) over K has mean 1/K, variance (K-1) / (K^2 (K alpha + 1)).
    const clients = 5;
    const alpha = 0.8;
    const entries = Array.from({ length: 300 }, (_, seed) => {
      const shares = partition({ ...base, clients, param: alpha, seed, labels: balanced(2000) });
      return labelCounts(shares[0]!, balanced(2000), classes).map((count) => count / 200);
    }).flat();
    const mean = entries.reduce((a, b) => a + b, 0) / entries.length;
    const variance = entries.reduce((sum, x) => sum + (x - mean) ** 2, 0) / entries.length;
    expect(mean).toBeCloseTo(1 / clients, 1);
    expect(variance).toBeCloseTo((clients - 1) / (clients ** 2 * (clients * alpha + 1)), 2);
  });

  it('draws the sub-sample without replacement and not from the start only', () => {
    const shares = partition({ ...base, strategy: 'iid', clients: 1, sampleSize: 100 });
    expect(shares[0]).toHaveLength(100);
    expect(new Set(shares[0]).size).toBe(100);
    expect(Math.max(...shares[0]!)).toBeGreaterThan(4000);
  });

  it('says so when there are not enough samples', () => {
    const impossible = (change: Partial<PartitionRequest>) => () => partition({ ...base, ...change });
    const error = (message: RegExp) =>
      expect.objectContaining({ code: 'PARTITION_IMPOSSIBLE', message: expect.stringMatching(message) });
    expect(impossible({ clients: 5001 })).toThrow(error(/5000 samples for 5001 clients/));
    expect(impossible({ sampleSize: 9 })).toThrow(error(/9 samples for 10 clients/));
    expect(impossible({ sampleSize: 5001 })).toThrow(error(/--sample-size 5001, the dataset has 5000/));
    expect(impossible({ clients: 5001, strategy: 'iid' })).toThrow(FleetError);
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
