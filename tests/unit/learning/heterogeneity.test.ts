import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientData, meanPairwiseDistance, measureShares, type Samples } from '#learning';
import { parseRunConfig } from '#protocol';

const counts = fc.integer({ min: 2, max: 6 }).chain((classes) =>
  fc.array(fc.array(fc.nat(50), { minLength: classes, maxLength: classes }), {
    minLength: 1,
    maxLength: 12,
  }),
);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('measures of a share', () => {
  it('are 0 for equal mixes, whatever the sizes', () => {
    for (const { klDivergence, jsDivergence, effectiveClasses } of measureShares([
      [10, 20, 30],
      [1, 2, 3],
    ])) {
      expect(klDivergence).toBeCloseTo(0, 12);
      expect(jsDivergence).toBeCloseTo(0, 12);
      expect(effectiveClasses).toBeCloseTo(2 ** 1.4591479, 6);
    }
  });

  it('have the values computed by hand', () => {
    // p = (1, 0), global (3/4, 1/4): KL = log2(4/3); the other client's is log2 2 = 1 minus nothing.
    const [first, second] = measureShares([
      [2, 0],
      [1, 1],
    ]);
    expect(first!.klDivergence).toBeCloseTo(Math.log2(4 / 3), 12);
    expect(second!.klDivergence).toBeCloseTo(0.5 * Math.log2(2 / 3) + 0.5 * Math.log2(2), 12);
    const entropy = (q: number) => -q * Math.log2(q) - (1 - q) * Math.log2(1 - q);
    expect(first!.jsDivergence).toBeCloseTo(entropy(7 / 8) - entropy(3 / 4) / 2, 12);
    expect(first).toMatchObject({ effectiveClasses: 1, sizeShare: 0.5 });
    expect(second).toMatchObject({ effectiveClasses: 2, sizeShare: 0.5 });
  });

  it('stay within their bounds; a client without samples has no divergence', () => {
    fc.assert(
      fc.property(counts, (labelCounts) => {
        const measured = measureShares(labelCounts);
        const some = labelCounts.filter((row) => sum(row) > 0);
        expect(sum(measured.map(({ sizeShare }) => sizeShare))).toBeCloseTo(some.length > 0 ? 1 : 0, 9);
        for (const [client, { klDivergence, jsDivergence, effectiveClasses }] of measured.entries()) {
          if (sum(labelCounts[client]!) === 0) {
            expect([klDivergence, jsDivergence, effectiveClasses]).toEqual([null, null, 0]);
            continue;
          }
          expect(klDivergence).toBeGreaterThanOrEqual(0);
          expect(jsDivergence).toBeGreaterThanOrEqual(0);
          expect(jsDivergence).toBeLessThanOrEqual(1);
          expect(effectiveClasses).toBeLessThanOrEqual(labelCounts[0]!.length + 1e-9);
          expect(effectiveClasses).toBeGreaterThanOrEqual(1 - 1e-9);
        }
      }),
    );
  });
});

describe('mean pairwise distance', () => {
  it('is the mean over all pairs', () => {
    fc.assert(
      fc.property(counts, (labelCounts) => {
        const mixes = labelCounts.filter((row) => sum(row) > 0).map((row) => row.map((n) => n / sum(row)));
        const distances = mixes.flatMap((p, i) =>
          mixes.slice(i + 1).map((q) => sum(p.map((value, k) => Math.abs(value - q[k]!))) / 2),
        );
        const mean = distances.length === 0 ? 0 : sum(distances) / distances.length;
        expect(meanPairwiseDistance(labelCounts)).toBeCloseTo(mean, 9);
      }),
    );
  });

  it('is 1 for clients that share no class', () => {
    expect(
      meanPairwiseDistance([
        [3, 0, 0],
        [0, 5, 0],
        [0, 0, 9],
      ]),
    ).toBe(1);
  });
});

/** 100 samples of one feature, which is the sample's number; label i mod 5. */
const share: Samples = {
  count: 100,
  inputShape: [1],
  features: Uint8Array.from({ length: 100 }, (_, i) => i),
  scale: 1,
  labels: Uint8Array.from({ length: 100 }, (_, i) => i % 5),
};

describe('temporal drift', () => {
  const data = (fields: Record<string, unknown>) =>
    clientData(share, 5, 0, parseRunConfig({ strategy: 'temporal_drift', rounds: 6, ...fields }));
  const starts = (fields: Record<string, unknown>) =>
    [1, 2, 3, 4, 5, 6].map((round) => data(fields).inRound(round).features[0]);

  it('moves a window of half the stream over it', () => {
    expect(starts({})).toEqual([0, 10, 20, 30, 40, 50]);
    expect(starts({ drift: 'abrupt', driftRound: 3 })).toEqual([0, 0, 50, 50, 50, 50]);
    expect(starts({ drift: 'abrupt' })).toEqual([0, 0, 0, 50, 50, 50]);
    expect(starts({ drift: 'recurring', driftPeriod: 2 })).toEqual([0, 50, 0, 50, 0, 50]);
    expect(starts({ drift: 'recurring', driftPeriod: 4 })).toEqual([0, 0, 50, 50, 0, 0]);
    for (const round of [1, 3, 6]) {
      const { count, features, labels } = data({}).inRound(round);
      expect([count, features.length, labels.length]).toEqual([50, 50, 50]);
      expect(labels[7]).toBe(features[7]! % 5);
    }
  });

  it('stays at the first mix in a run of one round', () => {
    expect(data({ rounds: 1 }).inRound(1).features[0]).toBe(0);
  });
});

describe('concept drift', () => {
  const labelsOf = (client: number, round: number, fields: Record<string, unknown> = {}) => {
    const config = parseRunConfig({ strategy: 'concept_drift', clients: 8, rounds: 6, ...fields });
    return clientData(share, 5, client, config).inRound(round).labels;
  };
  const drifted = (round: number, fields?: Record<string, unknown>) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter(
      (client) => labelsOf(client, round, fields).join() !== share.labels.join(),
    );

  it('permutes the labels of a share of the clients from a round on', () => {
    expect(drifted(3)).toEqual([]);
    expect(drifted(4)).toHaveLength(4);
    expect(drifted(6)).toEqual(drifted(4));
    expect(drifted(2, { driftRound: 2, distributionParam: 0.25 })).toHaveLength(2);
    expect(drifted(6, { distributionParam: 0 })).toEqual([]);
    expect(drifted(6, { seed: 5 })).not.toEqual(drifted(6));
  });

  it('leaves no label what it was and no two labels the same', () => {
    for (let client = 0; client < 8; client++) {
      const labels = labelsOf(client, 6, { distributionParam: 1 });
      expect(labels.some((label, i) => label === share.labels[i])).toBe(false);
      expect(new Set(labels.slice(0, 5)).size).toBe(5);
    }
  });
});

/** One image a client has, of 9 x 9 with one channel, as floats or bytes. */
const image = (features: Uint8Array | Float32Array, scale: number): Samples => ({
  count: 1,
  inputShape: [9, 9, 1],
  features,
  scale,
  labels: Uint8Array.of(0),
});
const bytes = Uint8Array.from({ length: 81 }, (_, i) => (i * 37) % 256);
const pixel = (samples: Samples, row: number, column: number) => samples.features[row * 9 + column]!;

describe('feature noise', () => {
  const noisy = (client: number, samples: Samples, fields: Record<string, unknown> = {}) => {
    const config = parseRunConfig({ strategy: 'feature_noise', clients: 4, ...fields });
    return clientData(samples, 1, client, config).inRound(1);
  };
  const table: Samples = { ...image(new Float32Array(40_000), 1), inputShape: [40_000] };

  it('has mean 0 and a variance of sigma (i + 1) / N', () => {
    for (const client of [0, 1, 3]) {
      const noise = [...noisy(client, table, { distributionParam: 0.4 }).features];
      const mean = sum(noise) / noise.length;
      const variance = sum(noise.map((x) => (x - mean) ** 2)) / noise.length;
      expect(Math.abs(mean)).toBeLessThan(0.02);
      expect(variance / ((0.4 * (client + 1)) / 4)).toBeCloseTo(1, 1);
    }
  });

  it('keeps bytes bytes, within their range, and is the same in every round', () => {
    const { features } = noisy(3, image(bytes, 1 / 255), { distributionParam: 1 });
    expect(features).toBeInstanceOf(Uint8Array);
    expect(features.filter((value) => value === 0 || value === 255).length).toBeGreaterThan(5);
    expect(features).not.toEqual(bytes);
    expect(features).toEqual(noisy(3, image(bytes, 1 / 255), { distributionParam: 1 }).features);
  });

  it('is none for a variance of 0, and leaves the share itself as it was', () => {
    const before = bytes.slice();
    expect(noisy(3, image(bytes, 1 / 255), { distributionParam: 0 }).features).toEqual(bytes);
    noisy(3, image(bytes, 1 / 255));
    expect(bytes).toEqual(before);
  });
});

describe('feature shift', () => {
  const shifted = (client: number, samples: Samples, fields: Record<string, unknown>) =>
    clientData(
      samples,
      1,
      client,
      parseRunConfig({ strategy: 'feature_shift', clients: 3, ...fields }),
    ).inRound(1);

  it('turns images: from -s over 0 to s, anticlockwise', () => {
    const samples = image(bytes, 1 / 255);
    const [right, none, left] = [0, 1, 2].map((client) =>
      shifted(client, samples, { distributionParam: 90 }),
    );
    expect(none!.features).toEqual(bytes);
    for (const [row, column] of [
      [0, 0],
      [2, 7],
      [8, 3],
    ] as const) {
      // What was at the right edge is at the top after a quarter turn anticlockwise.
      expect(pixel(left!, 8 - column, row)).toBe(pixel(samples, row, column));
      expect(pixel(right!, column, 8 - row)).toBe(pixel(samples, row, column));
    }
  });

  it('interpolates, and fills what comes in from outside with 0', () => {
    const white = image(new Uint8Array(81).fill(200), 1 / 255);
    const turned = shifted(2, white, { distributionParam: 45 });
    expect(pixel(turned, 0, 0)).toBe(0);
    expect(pixel(turned, 4, 4)).toBe(200);
    expect(new Set(turned.features).size).toBeGreaterThan(2);
  });

  it('keeps the channels of a pixel together', () => {
    const colours = {
      ...image(
        Uint8Array.from({ length: 243 }, (_, i) => i),
        1 / 255,
      ),
      inputShape: [9, 9, 3],
    };
    const turned = shifted(2, colours, { distributionParam: 180 }).features;
    expect([...turned.slice(0, 3)]).toEqual([...colours.features.slice(240)]);
  });

  it('makes brighter and darker, within the range', () => {
    const fields = { featureShift: 'brightness', distributionParam: 40 };
    const samples = image(Uint8Array.of(0, 100, 250), 1 / 255);
    expect([...shifted(2, samples, fields).features]).toEqual([102, 202, 255]);
    expect([...shifted(0, samples, fields).features]).toEqual([0, 0, 148]);
    const [value] = shifted(2, image(Float32Array.of(-1.5), 1), fields).features;
    expect(value).toBeCloseTo(-1.1, 6);
  });
});

describe('any other strategy', () => {
  it('trains on the whole share as it is, in every round', () => {
    expect(clientData(share, 5, 0, parseRunConfig({ strategy: 'dirichlet' })).inRound(3)).toBe(share);
  });
});
