import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClientUpdate, fedAvg, updateNorm } from '#learning';

const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 });
const updates = fc.integer({ min: 1, max: 40 }).chain((length) =>
  fc.array(
    fc.record({
      weights: fc.array(float, { minLength: length, maxLength: length }).map((w) => Float32Array.from(w)),
      samples: fc.integer({ min: 1, max: 60_000 }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
);

/** w = sum_k (n_k / n) w_k, one weight at a time. */
function naive(given: readonly ClientUpdate[], i: number): number {
  const n = given.reduce((sum, update) => sum + update.samples, 0);
  return given.reduce((sum, update) => sum + (update.samples / n) * update.weights[i]!, 0);
}

describe('fedAvg', () => {
  it('is the sample-weighted mean', () => {
    const given = [
      { weights: Float32Array.of(0, 8), samples: 1 },
      { weights: Float32Array.of(4, 0), samples: 3 },
    ];
    expect(fedAvg(given)).toEqual(Float32Array.of(3, 2));
  });

  it('agrees with the formula of the paper', () => {
    fc.assert(
      fc.property(updates, (given) => {
        for (const [i, weight] of fedAvg(given).entries()) expect(weight).toBeCloseTo(naive(given, i), 4);
      }),
    );
  });

  it('leaves equal weights as they are, to the bit, and its arguments too', () => {
    fc.assert(
      fc.property(updates, ([first]) => {
        const { weights } = first!;
        const before = weights.slice();
        const result = fedAvg([1, 7, 60_000].map((samples) => ({ weights, samples })));
        expect(result).toEqual(before.map((weight) => weight + 0));
        expect(weights).toEqual(before);
      }),
    );
  });

  it('sums in float64: a small update is not lost beside large ones', () => {
    const large = { weights: Float32Array.of(2 ** 24), samples: 1 };
    const small = { weights: Float32Array.of(1), samples: 1 };
    const minus = { weights: Float32Array.of(-(2 ** 24)), samples: 1 };
    expect(fedAvg([large, small, minus])[0]).toBe(Math.fround(1 / 3));
  });

  it('refuses what has no mean', () => {
    const one = { weights: Float32Array.of(1), samples: 1 };
    expect(() => fedAvg([])).toThrow(RangeError);
    expect(() => fedAvg([one, { weights: Float32Array.of(1, 2), samples: 1 }])).toThrow(/1 and 2 weights/);
    expect(() => fedAvg([one, { ...one, samples: 0 }])).toThrow(RangeError);
    expect(() => fedAvg([one, { ...one, samples: Number.NaN }])).toThrow(RangeError);
  });
});

describe('updateNorm', () => {
  it('is the L2 norm of the difference', () => {
    expect(updateNorm(Float32Array.of(4, 1, 5), Float32Array.of(1, 1, 1))).toBe(5);
  });
  it('refuses weights of different length', () => {
    expect(() => updateNorm(Float32Array.of(1), Float32Array.of(1, 2))).toThrow(RangeError);
  });
});
