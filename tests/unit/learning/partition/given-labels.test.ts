import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareClientNames } from '#internal/learning/partition/client-order.js';
import { datasetInfo, labelCounts, partition, strata } from '#learning';
import { parseRunConfig } from '#protocol';
import { balanced, classes, counted, impossible, shares, sizes, sum } from './fixtures.js';

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

  it('orders clients alike on every machine, whatever the order in the file', () => {
    const large = ['c_9007199254740992', 'c_9007199254740993'];
    const ordered = ['', 'B', 'a', 'a-', 'c_01', 'c_1', 'c_2', 'c_10', 'c_10a', ...large, 'd', 'é'];
    fc.assert(
      fc.property(fc.shuffledSubarray(ordered, { minLength: ordered.length }), (names) => {
        expect(names.sort(compareClientNames)).toEqual(ordered);
      }),
    );
    const distribution = { c_1: { 3: 1 }, c_01: { 0: 5 } };
    expect(custom(distribution, 1)).toEqual(custom({ c_01: { 0: 5 }, c_1: { 3: 1 } }, 1));
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

  /** Samples a class of a single client, of classes of five samples each. */
  const one = (counts: Record<string, number>, classNames: readonly string[]) => {
    const config = parseRunConfig({ strategy: 'custom', clients: 1, distribution: { a: counts } });
    const labels = Uint8Array.from({ length: 5 * classNames.length }, (_, i) => i % classNames.length);
    const data = { labels, classes: classNames.length, classNames };
    return labelCounts(partition(data, config)[0]!, labels, classNames.length);
  };

  it('refuses a second key for one label', () => {
    expect(() => one({ 0: 5, zero: 2 }, ['zero', 'one'])).toThrow(
      impossible(/--distribution, a: "0" and "zero" are one label/),
    );
    expect(() => one({ 1: 5, '01': 2 }, ['zero', 'one'])).toThrow(impossible(/"1" and "01" are one label/));
  });

  it('takes numbers for names alone where they are names of other classes', () => {
    const names = ['1', '2', '3'];
    expect(one({ 3: 1, 1: 5, 2: 4 }, names)).toEqual([5, 4, 1]);
    expect(() => one({ 0: 5, 1: 4, 2: 1 }, names)).toThrow(
      impossible(/a: unknown label "0"; the labels are "1", "2", "3"/),
    );
    expect(() => one({ 1: 6 }, names)).toThrow(impossible(/6 samples of label "1"; there are 5/));
    expect(one({ 0: 5, 9: 2 }, ['7', '9'])).toEqual([5, 2]);
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

  it('counts for the minimum what a client trains on in a round: half of its share', () => {
    const drift = (count: number, fields = {}) =>
      sizes(shares({ strategy: 'temporal_drift', ...fields }, balanced(count)));
    expect(drift(400, { minSamples: 20 })).toEqual(new Array(10).fill(40));
    expect(() => drift(399, { minSamples: 20 })).toThrow(
      impossible(
        /399 samples for --clients 10 with --min-samples 20, .* half of its share.*; at most 9 clients/,
      ),
    );
    for (const minSamples of [undefined, 0]) {
      expect(drift(20, { minSamples })).toEqual(new Array(10).fill(2));
      expect(() => drift(15, { minSamples })).toThrow(
        impossible(/15 samples for --clients 10, each of which .*; at most 7 clients/),
      );
    }
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

  it('are as many as hold a target: equal ones leave fewer', () => {
    const heavy = binned(
      Float32Array.from({ length: 1000 }, (_, i) => (i < 200 ? 5 : i / 1000)),
      20,
    );
    const counts = labelCounts(Uint32Array.from(heavy.labels.keys()), heavy.labels, heavy.classes);
    expect(counts).toEqual([...new Array(16).fill(50), 200]);
    expect(partition(heavy, parseRunConfig({ strategy: 'pathological', clients: 20 }))).toHaveLength(20);
    expect(binned(new Float32Array(30).fill(2), 10)).toMatchObject({ classes: 1 });
    const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, fc.integer({ min: 2, max: 256 }), (targets, bins) => {
        const { labels, classes: left } = binned(Float32Array.from(targets), bins);
        expect(new Set(labels).size).toBe(left);
        expect(Math.max(...labels)).toBe(left - 1);
        expect(left).toBeLessThanOrEqual(bins);
      }),
    );
  });

  it('are called bins, not labels, where they cannot be divided', () => {
    const few = binned(Float32Array.of(1, 1, 2, 3), 4);
    const config = { strategy: 'pathological', minSamples: 0, clients: 8 };
    expect(() => partition(few, parseRunConfig(config))).toThrow(
      impossible(/clients hold bin \d of the targets \(0 to 2, see --distribution-bins\), which has/),
    );
    expect(() => partition(few, parseRunConfig({ ...config, distributionParam: 4 }))).toThrow(
      impossible(
        /the data has 3 bins of targets \(see --distribution-bins; equal targets share one\); 1 to 3/,
      ),
    );
    const custom = { strategy: 'custom', clients: 1, distribution: { a: { 3: 1 } } };
    expect(() => partition(few, parseRunConfig(custom))).toThrow(
      impossible(/unknown label "3"; the bins of the targets, which stand for labels, are 0 to 2/),
    );
  });

  it('are the labels themselves where there are some', () => {
    const trainLabels = balanced(20);
    expect(strata({ info: datasetInfo('mnist'), trainLabels }, 7)).toMatchObject({
      labels: trainLabels,
      classes,
    });
  });
});
