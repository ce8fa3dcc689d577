import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RandomStream, randomStream, type StreamPurpose } from '#protocol';

const purposes = [
  'sampling',
  'partition',
  'init',
  'shuffle',
  'dropout',
  'composition',
  'render',
] as const satisfies readonly StreamPurpose[];

const floats = (stream: RandomStream, count: number): number[] =>
  Array.from({ length: count }, () => stream.float());

/**
 * Mean and variance of the draws lie within five standard errors of the expected ones. The streams
 * are seeded, so the outcome is the same in every run.
 */
function expectMoments(draws: readonly number[], mean: number, variance: number, kurtosis = 3): void {
  const n = draws.length;
  const sampleMean = draws.reduce((a, b) => a + b, 0) / n;
  const sampleVariance = draws.reduce((a, b) => a + (b - sampleMean) ** 2, 0) / (n - 1);
  expect(Math.abs(sampleMean - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
  expect(Math.abs(sampleVariance - variance)).toBeLessThan(5 * variance * Math.sqrt((kurtosis - 1) / n));
}

/** Pearson's statistic of counts that should all be equal. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('randomStream', () => {
  it('gives the same numbers for the same entity', () => {
    const entity = fc.tuple(fc.maxSafeNat(), fc.constantFrom(...purposes), fc.nat(9999), fc.nat(1000));
    fc.assert(
      fc.property(entity, (arguments_) => {
        expect(floats(randomStream(...arguments_), 20)).toEqual(floats(randomStream(...arguments_), 20));
      }),
    );
  });

  it('gives other numbers for another seed, purpose, client or round', () => {
    const firsts = new Set<number>();
    let streams = 0;
    for (const seed of [0, 1, 7, 71, Number.MAX_SAFE_INTEGER]) {
      for (const purpose of purposes) {
        for (const client of [-1, 0, 1, 11]) {
          for (const round of [-1, 0, 1, 11]) {
            firsts.add(randomStream(seed, purpose, client, round).float());
            streams++;
          }
        }
      }
    }
    expect(firsts.size).toBe(streams);
  });

  it('gives streams that are not correlated', () => {
    const n = 20_000;
    const a = floats(randomStream(7, 'shuffle', 0, 1), n);
    for (const other of [
      randomStream(7, 'shuffle', 1, 1),
      randomStream(7, 'shuffle', 0, 2),
      randomStream(8, 'shuffle', 0, 1),
    ]) {
      const b = floats(other, n);
      const covariance = a.reduce((sum, x, index) => sum + (x - 0.5) * (b[index]! - 0.5), 0) / n;
      expect(Math.abs(covariance * 12)).toBeLessThan(5 / Math.sqrt(n));
    }
  });

  it('gives the numbers that published datasets were made with', () => {
    const stream = randomStream(7, 'shuffle', 3, 2);
    expect(floats(stream, 2)).toEqual([0.2222740419818089, 0.8974814731066473]);
    expect(stream.integer(0, 999)).toBe(576);
    // Logarithms may differ in their last bit from one JavaScript engine to another.
    expect(stream.normal()).toBeCloseTo(1.19209631402319, 12);
    expect(stream.logGamma(0.1)).toBeCloseTo(-7.3942304298346135, 12);
    expect(stream.logGamma(3)).toBeCloseTo(0.7394694013747088, 12);
    expect(randomStream(42, 'shuffle', 0, 1).shuffle([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([
      0, 5, 4, 6, 8, 3, 1, 9, 2, 7,
    ]);
    expect(randomStream(0, 'init').float()).toBe(0.2178101748950697);
    expect(randomStream(Number.MAX_SAFE_INTEGER, 'render', 9999, 100_000).float()).toBe(0.4410188062210648);
  });
});

describe('float and between', () => {
  it('are uniform in their range', () => {
    const draws = floats(randomStream(1, 'sampling'), 100_000);
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true);
    expectMoments(draws, 1 / 2, 1 / 12, 1.8);
    const stream = randomStream(2, 'sampling');
    const ranged = Array.from({ length: 100_000 }, () => stream.between(-3, 5));
    expect(ranged.every((draw) => draw >= -3 && draw < 5)).toBe(true);
    expectMoments(ranged, 1, 64 / 12, 1.8);
  });

  it('use more than 32 random bits', () => {
    const fractions = floats(randomStream(3, 'sampling'), 1000).map((draw) => (draw * 2 ** 32) % 1);
    expect(fractions.filter((fraction) => fraction !== 0).length).toBeGreaterThan(990);
  });
});

describe('integer', () => {
  it('stays between its bounds and reaches both', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: -1000, max: 1000 }), fc.nat(5), (seed, low, width) => {
        const stream = randomStream(seed, 'sampling');
        const draws = Array.from({ length: 300 }, () => stream.integer(low, low + width));
        expect(Math.min(...draws)).toBe(low);
        expect(Math.max(...draws)).toBe(low + width);
        expect(draws.every(Number.isInteger)).toBe(true);
      }),
    );
  });

  it('has no bias in a range that no power of two divides', () => {
    const stream = randomStream(4, 'sampling');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[stream.integer(0, 6)]!++;
    // 6 degrees of freedom: 38 is exceeded once in a million.
    expect(chiSquare(counts)).toBeLessThan(38);
  });

  it('has no bias in a range close to the generator’s own', () => {
    // A remainder of 32 bits would draw the lower third twice as often as each of the others.
    const stream = randomStream(5, 'sampling');
    const counts = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) counts[Math.floor(stream.integer(0, 3 * 2 ** 30 - 1) / 2 ** 30)]!++;
    // 2 degrees of freedom: 28 is exceeded once in a million.
    expect(chiSquare(counts)).toBeLessThan(28);
  });
});

describe('normal', () => {
  it('has the moments and the tails of the standard normal distribution', () => {
    const stream = randomStream(6, 'init');
    const draws = Array.from({ length: 100_000 }, () => stream.normal());
    expectMoments(draws, 0, 1);
    const within = (sigmas: number) => draws.filter((draw) => Math.abs(draw) < sigmas).length / draws.length;
    expect(within(1)).toBeCloseTo(0.6827, 2);
    expect(within(2)).toBeCloseTo(0.9545, 2);
    expect(within(3)).toBeCloseTo(0.9973, 2);
    const lag = draws.slice(1).reduce((sum, draw, index) => sum + draw * draws[index]!, 0) / draws.length;
    expect(Math.abs(lag), 'neighbours are correlated').toBeLessThan(5 / Math.sqrt(draws.length));
  });
});

describe('logGamma', () => {
  // Mean and variance of ln Gamma(shape, 1) are the digamma and trigamma functions of shape
  // (Abramowitz & Stegun, table 6.1); kurtosis bounded by that of the exponential tail, 9.
  it.each([
    [0.05, -20.497845, 401.53233],
    [0.5, -1.9635100260214235, 4.934802200544679],
    [1, -0.5772156649015329, 1.6449340668482264],
    [2.5, 0.7031566406452432, 0.4903577561002348],
    [10, 2.251752589066721, 0.10516633568168575],
  ])('of shape %d has the moments of the distribution', (shape, mean, variance) => {
    const stream = randomStream(8, 'partition');
    const draws = Array.from({ length: 50_000 }, () => stream.logGamma(shape));
    expectMoments(draws, mean, variance, 9);
  });

  it.each([0.3, 1, 4])('of shape %d is that of Gamma draws with mean and variance %d', (shape) => {
    const stream = randomStream(9, 'partition');
    const draws = Array.from({ length: 50_000 }, () => Math.exp(stream.logGamma(shape)));
    expectMoments(draws, shape, shape, 3 + 6 / shape);
  });
});

describe('dirichlet', () => {
  it('gives shares that sum to 1, for any concentration', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.double({ min: 0.001, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 200 }),
        (seed, alpha, size) => {
          const shares = randomStream(seed, 'partition').dirichlet(alpha, size);
          expect(shares).toHaveLength(size);
          expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
          expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        },
      ),
    );
  });

  it.each([
    [0.1, 5],
    [1, 10],
    [20, 3],
  ])('of concentration %d over %i has the moments of the distribution', (alpha, size) => {
    const stream = randomStream(10, 'partition');
    const draws = Array.from({ length: 20_000 }, () => stream.dirichlet(alpha, size));
    const mean = 1 / size;
    const variance = (mean * (1 - mean)) / (size * alpha + 1);
    for (const index of [0, size - 1]) {
      expectMoments(
        draws.map((shares) => shares[index]!),
        mean,
        variance,
        12,
      );
    }
  });

  it('is skewed for a small concentration and even for a large one', () => {
    const stream = randomStream(11, 'partition');
    expect(Math.max(...stream.dirichlet(0.001, 10))).toBeGreaterThan(0.99);
    for (const share of stream.dirichlet(1e6, 10)) expect(share).toBeCloseTo(0.1, 2);
  });
});

describe('shuffle', () => {
  it('permutes in place and returns its argument', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.integer(), { maxLength: 50 }), (seed, items) => {
        const shuffled = [...items];
        expect(randomStream(seed, 'shuffle').shuffle(shuffled)).toBe(shuffled);
        const ascending = (a: number, b: number) => a - b;
        expect(shuffled.toSorted(ascending)).toEqual(items.toSorted(ascending));
      }),
    );
  });

  it('gives every permutation equally often', () => {
    const stream = randomStream(12, 'shuffle');
    const counts = new Map<string, number>();
    for (let i = 0; i < 48_000; i++) {
      const order = stream.shuffle(Uint32Array.of(0, 1, 2, 3)).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // 23 degrees of freedom: 71 is exceeded once in a million.
    expect(chiSquare([...counts.values()])).toBeLessThan(71);
  });

  it('gives the same order for arrays of any kind', () => {
    const items = Array.from({ length: 100 }, (_, index) => index);
    const expected = randomStream(13, 'shuffle').shuffle([...items]);
    expect([...randomStream(13, 'shuffle').shuffle(Int32Array.from(items))]).toEqual(expected);
    expect([...randomStream(13, 'shuffle').shuffle(Uint32Array.from(items))]).toEqual(expected);
  });
});
