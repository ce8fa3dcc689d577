import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClientUpdate,
  createAggregation,
  createModelAggregation,
  type ModelSpec,
  updateSignature,
  weightLayout,
} from '#learning';
import { type AggregationName, aggregationNames, randomStream } from '#protocol';

const options = { byzantineShare: 0.2, participants: 5 };
const create = (name: AggregationName) => createAggregation(name, options);
const update = (...weights: number[]): ClientUpdate => ({
  client: 0,
  weights: Float32Array.from(weights),
  samples: 1,
});
const zero = new Float32Array(2);

describe.each(aggregationNames)('every aggregation strategy: %s', (name) => {
  const updates = [update(1, 5), update(2, 4), update(3, 3), update(4, 2), update(5, 1)];

  it('gives finite weights of the model’s length and changes nothing that it is given', () => {
    const before = updates.map(({ weights }) => [...weights]);
    const next = create(name).aggregate(zero, updates, 1);
    expect(next).toHaveLength(2);
    expect(next.every(Number.isFinite)).toBe(true);
    expect(updates.map(({ weights }) => [...weights])).toEqual(before);
    expect([...zero]).toEqual([0, 0]);
  });

  it('gives the same bits for the same updates, round after round', () => {
    const rounds = () => {
      const strategy = create(name);
      let global: Float32Array = zero;
      for (let round = 0; round < 3; round++) global = strategy.aggregate(global, updates, 1);
      return [...global];
    };
    expect(rounds()).toEqual(rounds());
  });

  it('goes on to the same bits from its memory, as a resumed run does', () => {
    const whole = create(name);
    const first = whole.aggregate(zero, updates, 1);
    const saved = whole.memory?.map((array) => array.slice());
    const expected = whole.aggregate(first, updates, 1);
    const resumed = create(name);
    if (saved !== undefined) resumed.memory = saved;
    expect([...resumed.aggregate(first, updates, 1)]).toEqual([...expected]);
  });

  it('has a memory only where a round depends on the one before', () => {
    const hasMemory = ['fedavgm', 'fedadam', 'fedadagrad', 'fedyogi'].includes(name);
    expect('memory' in create(name)).toBe(hasMemory);
  });

  it('stays where it is when every client does', () => {
    const global = Float32Array.of(0.5, -2);
    const same = Array.from({ length: 5 }, (_, client) => ({ client, weights: global.slice(), samples: 3 }));
    expect([...create(name).aggregate(global, same, 1)]).toEqual([0.5, -2]);
  });

  it('moves towards the clients', () => {
    const next = create(name).aggregate(zero, updates, 1);
    for (const weight of next) expect(weight).toBeGreaterThan(0);
  });

  it('takes a single update', () => {
    expect(
      create(name)
        .aggregate(zero, [update(1, 1)], 1)
        .every(Number.isFinite),
    ).toBe(true);
  });

  it('refuses no updates, other lengths and sample counts below 1', () => {
    const strategy = create(name);
    expect(() => strategy.aggregate(zero, [], 1)).toThrow(RangeError);
    expect(() => strategy.aggregate(zero, [update(1)], 1)).toThrow(/1 weights for a model of 2/);
    expect(() => strategy.aggregate(zero, [{ ...update(1, 1), samples: 0 }], 1)).toThrow(RangeError);
    expect(() => strategy.aggregate(zero, [{ ...update(1, 1), samples: Number.NaN }], 1)).toThrow(RangeError);
  });
});

describe.each(['median', 'trimmedmean', 'krum', 'multikrum'] as const)(
  'against a Byzantine client: %s',
  (name) => {
    it('keeps the result among the honest ones', () => {
      const honest = [update(1, 1), update(1.1, 0.9), update(0.9, 1.1), update(1, 1.05)];
      const next = create(name).aggregate(zero, [...honest, update(1e6, -1e6)], 1);
      for (const weight of next) expect(Math.abs(weight - 1)).toBeLessThanOrEqual(0.11);
    });
  },
);

describe.each(['trimmedmean', 'krum', 'multikrum'] as const)(
  'against two Byzantine clients of ten where others are missing: %s',
  (name) => {
    const robust = () => createAggregation(name, { byzantineShare: 0.2, participants: 10 });
    const arrived = (count: number) => [
      ...Array.from({ length: count - 2 }, (_, k) => update(1 + k / 1000, 1)),
      update(1000, 1000),
      update(1000, 1000),
    ];

    it.each([10, 9, 8, 7])('keeps the result among the honest ones of %i that came', (count) => {
      for (const weight of robust().aggregate(zero, arrived(count), 1)) {
        expect(weight).toBeGreaterThanOrEqual(1);
        expect(weight).toBeLessThan(1.01);
      }
    });

    it('takes what comes where that is less than its guarantee asks for', () => {
      expect(robust().leastUpdates).toBe(name === 'trimmedmean' ? 5 : 7);
      for (const count of [1, 2, 3, 4]) {
        const same = Array.from({ length: count }, () => update(3, 4));
        expect([...robust().aggregate(zero, same, 1)]).toEqual([3, 4]);
      }
    });
  },
);

describe.each(['krum', 'multikrum'] as const)('against weights that are no numbers: %s', (name) => {
  it('leaves them out', () => {
    const updates = [update(Number.NaN, 1), update(1, 1), update(1.1, 1), update(0.9, 1), update(1, 1)];
    const next = create(name).aggregate(zero, updates, 1);
    expect(next.every(Number.isFinite)).toBe(true);
  });
});

describe('fedavg', () => {
  const arbitraryUpdates = fc
    .tuple(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 5000 }), fc.integer())
    .map(([clients, length, seed]) => {
      const stream = randomStream(Math.abs(seed), 'init');
      return Array.from({ length: clients }, (_, client) => ({
        client,
        samples: stream.integer(1, 60_000),
        weights: Float32Array.from({ length }, () => stream.normal()),
      }));
    });

  it('is the mean weighted by samples, summed in client order in float64, to the bit', () => {
    fc.assert(
      fc.property(arbitraryUpdates, (updates) => {
        const total = updates.reduce((sum, { samples }) => sum + samples, 0);
        const naive = updates[0]!.weights.map((_, i) => {
          let sum = 0;
          for (const { samples, weights } of updates) sum += samples * weights[i]!;
          return sum / total;
        });
        const global = new Float32Array(naive.length);
        expect(create('fedavg').aggregate(global, updates, 1)).toEqual(naive);
      }),
      { numRuns: 40 },
    );
  });

  it('does not lose small updates beside large ones', () => {
    const next = create('fedavg').aggregate(zero, [update(1e8, 0), update(1, 0), update(-1e8, 0)], 1);
    expect(next[0]).toBe(Math.fround(1 / 3));
  });
});

describe('the server optimisers by their published formulas', () => {
  const mean = [update(2, -4)];

  it('fedavgm: v = βv + Δ, w = w + v', () => {
    const strategy = create('fedavgm');
    const first = strategy.aggregate(zero, mean, 1);
    expect([...first]).toEqual([2, -4]);
    // Δ is 0 now: only the momentum moves the weights.
    const second = strategy.aggregate(first, [{ client: 0, weights: first, samples: 1 }], 1);
    expect(second[0]).toBeCloseTo(2 + 0.9 * 2, 5);
  });

  it.each([
    ['fedadam', 0.99 * 1e-6 + 0.01 * 4, 0.1 * 2],
    ['fedyogi', 1e-6 + 0.01 * 4, 0.1 * 2],
    ['fedadagrad', 1e-6 + 4, 2],
  ] as const)('%s: w = w + η m / (√v + τ)', (name, v, m) => {
    expect(create(name).aggregate(zero, mean, 1)[0]).toBeCloseTo((0.01 * m) / (Math.sqrt(v) + 1e-3), 6);
  });
});

describe.each(['fedavgm', 'fedadam', 'fedadagrad', 'fedyogi'] as const)(
  'with batch normalisation: %s',
  (name) => {
    const model: ModelSpec = {
      inputShape: [2],
      layers: [
        { kind: 'dense', units: 2, activation: 'linear' },
        { kind: 'residual', layers: [{ kind: 'batch-norm' }] },
      ],
      loss: 'mean-squared-error',
    };
    const { tensors, parameterCount } = weightLayout(model);
    const valuesOf = (weights: Float32Array, tensor: string) => {
      const { offset, size } = tensors.find((placed) => placed.name.endsWith(tensor))!;
      return [...weights.subarray(offset, offset + size)];
    };
    // As training moves a variance towards a smaller one of the data: always down, never below 0.
    const halved = (weights: Float32Array): ClientUpdate[] => [
      { client: 0, weights: weights.map((weight) => weight / 2), samples: 3 },
      { client: 1, weights: weights.map((weight) => weight / 4), samples: 1 },
    ];

    it('takes the mean of what is only kept track of, and steps all else', () => {
      const strategy = createModelAggregation(model, name, { ...options, seed: 1 });
      const all = create(name);
      let global: Float32Array = new Float32Array(parameterCount).fill(1);
      let stepped = global;
      let mean = 1;
      for (let round = 1; round <= 12; round++) {
        global = strategy.aggregate(global, halved(global), 1);
        stepped = all.aggregate(stepped, halved(stepped), 1);
        mean *= 7 / 16;
        for (const tensor of ['moving_mean', 'moving_variance']) {
          for (const value of valuesOf(global, tensor)) expect(value).toBeCloseTo(mean, 6);
        }
        for (const tensor of ['kernel', 'bias', 'gamma', 'beta']) {
          expect(valuesOf(global, tensor)).toEqual(valuesOf(stepped, tensor));
        }
      }
    });
  },
);

describe('the robust means', () => {
  it('median of an even number is the mean of the middle two', () => {
    const updates = [update(9, 1), update(1, 2), update(3, 3), update(2, 40)];
    expect([...create('median').aggregate(zero, updates, 1)]).toEqual([2.5, 2.5]);
  });

  it('trimmed mean leaves one of five out at either end', () => {
    const updates = [update(100, 1), update(1, 2), update(2, 3), update(3, 4), update(-100, 50)];
    expect([...create('trimmedmean').aggregate(zero, updates, 1)]).toEqual([2, 3]);
  });

  it('krum is the update that its neighbours are nearest to', () => {
    const updates = [update(0, 0), update(1, 0), update(1.1, 0), update(1.3, 0), update(50, 50)];
    expect([...create('krum').aggregate(zero, updates, 1)]).toEqual([Math.fround(1.1), 0]);
  });
});

describe('updateSignature', () => {
  const length = 20_000;
  const random = (client: number) => {
    const stream = randomStream(1, 'init', client);
    return Float32Array.from({ length }, () => stream.normal());
  };
  const global = new Float32Array(length);
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

  it('has 256 dimensions and unit length, and the norm of the delta', () => {
    const local = random(0);
    const { sketch, norm } = updateSignature(local, global, 7);
    expect(sketch).toHaveLength(256);
    expect(dot(sketch, sketch)).toBeCloseTo(1, 5);
    expect(norm).toBeCloseTo(Math.hypot(...local.map((value, i) => value - (global[i] ?? 0))), 6);
  });

  it('estimates the cosine of two updates', () => {
    const a = random(0);
    const b = random(1);
    for (const mix of [0, 0.5, 0.9]) {
      const mixed = a.map((value, i) => mix * value + Math.sqrt(1 - mix * mix) * b[i]!);
      const estimate = dot(updateSignature(a, global, 7).sketch, updateSignature(mixed, global, 7).sketch);
      // The standard deviation of the estimate is about 1 / √256.
      expect(Math.abs(estimate - mix)).toBeLessThan(0.25);
    }
  });

  it('spreads parameters evenly over buckets and signs', () => {
    const counts = new Float64Array(256);
    let positive = 0;
    const one = new Float32Array(5120);
    for (let i = 0; i < one.length; i++) {
      one.fill(0);
      one[i] = 1;
      const { sketch } = updateSignature(one, global.subarray(0, one.length), 3);
      const bucket = sketch.findIndex((value) => value !== 0);
      counts[bucket]!++;
      if (sketch[bucket]! > 0) positive++;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 20) ** 2 / 20, 0);
    // χ² with 255 degrees of freedom: mean 255, standard deviation 22.6; five of them.
    expect(chiSquare).toBeLessThan(255 + 5 * 22.6);
    expect(Math.abs(positive - 2560)).toBeLessThan(5 * Math.sqrt(5120 / 4));
  });

  it('differs by seed, is zero for no update, and refuses different lengths', () => {
    const local = random(0);
    expect(updateSignature(local, global, 1).sketch).not.toEqual(updateSignature(local, global, 2).sketch);
    expect(updateSignature(global, global, 1)).toMatchObject({ norm: 0 });
    expect(updateSignature(global, global, 1).sketch.every((value) => value === 0)).toBe(true);
    expect(() => updateSignature(local, new Float32Array(1), 1)).toThrow(RangeError);
  });
});
