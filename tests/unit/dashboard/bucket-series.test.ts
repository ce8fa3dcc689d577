import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BucketSeries } from '#internal/dashboard/server/live/bucket-series.js';
import { QuantileSketch } from '#internal/dashboard/server/live/quantile-sketch.js';

const value = fc.double({ min: 1e-6, max: 1e9, noNaN: true });

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch();
  for (const one of values) sketch.add(one);
  return sketch;
}

describe('a quantile sketch', () => {
  it('is within 1 % of the exact quantile', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const sorted = [...values].sort((a, b) => a - b);
          const exact = sorted[Math.floor(share * (values.length - 1))]!;
          const [found = Number.NaN] = sketchOf(values).quantiles([share]);
          expect(Math.abs(found - exact) / exact).toBeLessThanOrEqual(0.0100001);
        },
      ),
      { seed: 1 },
    );
  });

  it('merges into the sketch of all values', () => {
    fc.assert(
      fc.property(fc.array(value), fc.array(value), (a, b) => {
        const merged = sketchOf(a);
        merged.merge(sketchOf(b));
        const whole = sketchOf([...a, ...b]);
        const shares = [0, 0.05, 0.5, 0.95, 1];
        expect(merged.quantiles(shares)).toEqual(whole.quantiles(shares));
        expect([merged.count, merged.min, merged.max]).toEqual([whole.count, whole.min, whole.max]);
      }),
      { seed: 1 },
    );
  });

  it('takes 0 and what is below as 0 but tells the least, and no NaN', () => {
    const sketch = sketchOf([-3, 0, 5, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(sketch.count).toBe(3);
    expect(sketch.min).toBe(-3);
    expect(sketch.quantiles([0.5])).toEqual([0]);
  });

  it('has no quantile of nothing', () => {
    expect(sketchOf([]).quantiles([0.5])).toEqual([Number.NaN]);
  });
});

describe('a series of buckets', () => {
  const columns = (series: BucketSeries) => series.changedAfter(0)!;

  it('puts each value into the second that it belongs to', () => {
    const series = new BucketSeries({ capacity: 10, whenFull: 'drop' });
    for (const [at, one] of [
      [10_100, 1],
      [10_900, 3],
      [12_000, 5],
    ] as const) {
      series.add(at, one, 1);
    }
    expect(columns(series)).toMatchObject({
      start: Float64Array.of(10_000, 12_000),
      count: Uint32Array.of(2, 1),
      mean: Float32Array.of(2, 5),
    });
  });

  it('tells only what has changed after a frame', () => {
    const series = new BucketSeries({ capacity: 10, whenFull: 'drop' });
    series.add(1000, 1, 1);
    series.add(2000, 1, 2);
    expect(series.changedAfter(1)?.start).toEqual(Float64Array.of(2000));
    expect(series.changedAfter(2)).toBeUndefined();
  });

  it('loses no value when full, but halves its resolution', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 1, maxLength: 400 }), (gaps) => {
        const series = new BucketSeries({ capacity: 16, whenFull: 'merge' });
        let at = 1e12;
        for (const gap of gaps) {
          at += gap;
          series.add(at, 1, 1);
        }
        const { start, count } = columns(series);
        expect(Array.from(count!).reduce((a, b) => a + b, 0)).toBe(gaps.length);
        expect(start!.length).toBeLessThanOrEqual(17);
        start!.forEach((one, i) => {
          expect(one % series.widthMs).toBe(0);
          if (i > 0) expect(one).toBeGreaterThan(start![i - 1]!);
        });
      }),
      { seed: 1 },
    );
  });

  it('forgets the oldest when it keeps only the latest', () => {
    const series = new BucketSeries({ capacity: 3, whenFull: 'drop' });
    for (let second = 0; second < 10; second++) series.add(second * 1000, second, second);
    expect(columns(series).start).toEqual(Float64Array.of(7000, 8000, 9000));
  });

  it('counts a late value in the latest bucket', () => {
    const series = new BucketSeries({ capacity: 3, whenFull: 'drop' });
    series.add(5000, 1, 1);
    series.add(3000, 2, 1);
    expect(columns(series).count).toEqual(Uint32Array.of(2));
  });
});
