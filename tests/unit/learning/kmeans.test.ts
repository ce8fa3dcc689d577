import { describe, expect, it } from 'vitest';
import { ClusterMeans } from '#internal/learning/aggregation/cluster-means.js';
import type { KMeansSpec } from '#internal/learning/kmeans/kmeans-spec.js';
import { KMeansTrainer } from '#internal/learning/kmeans/kmeans-trainer.js';
import { silhouette } from '#internal/learning/metrics/silhouette.js';
import { type Samples, selectSamples, updateRules } from '#learning';
import { randomStream } from '#protocol';

const spec: KMeansSpec = {
  kind: 'k-means',
  inputShape: [2],
  clusters: 3,
  init: 'k-means++',
  starts: 5,
  maxIterations: 100,
  tolerance: 1e-4,
};

const options = (seed = 1, epochs = 1) => ({
  epochs,
  batchSize: 32,
  learningRate: 0.1,
  optimizer: { kind: 'sgd' as const },
  shuffle: randomStream(seed, 'shuffle'),
});

const centres = [
  [0, 0],
  [10, 0],
  [0, 10],
] as const;

/** Three clouds, sample i of cloud i mod 3. */
function clouds(count: number): Samples {
  const stream = randomStream(3, 'noise');
  const features = Float32Array.from({ length: 2 * count }, (_, at) => {
    const centre = centres[Math.floor(at / 2) % 3] ?? [0, 0];
    return (centre[at % 2] ?? 0) + stream.normal();
  });
  return { count, inputShape: [2], features, scale: 1, labels: new Uint8Array(count) };
}

describe('k-means', () => {
  it('hears between its iterations that it is to end', async () => {
    const controller = new AbortController();
    let turns = 0;
    const turn = (): void => {
      turns++;
      if (turns === 5) controller.abort(new Error('enough'));
      else setImmediate(turn);
    };
    setImmediate(turn);
    const trainer = new KMeansTrainer(spec);
    const training = trainer.train(trainer.init(), clouds(600), { ...options(), signal: controller.signal });
    await expect(training).rejects.toThrow('enough');
  });

  it.each(['k-means++', 'random'] as const)(
    'finds clouds from %s starts, and the same ones for the same stream',
    async (init) => {
      const trainer = new KMeansTrainer({ ...spec, init });
      const first = await trainer.train(trainer.init(), clouds(300), options());
      expect((await trainer.train(trainer.init(), clouds(300), options())).weights).toEqual(first.weights);
      const sorted = [0, 1, 2]
        .map((k) => [...first.weights.subarray(2 * k, 2 * k + 2)].map(Math.round))
        .sort();
      expect(sorted.map((c) => c.map((v) => v + 0))).toEqual([
        [0, 0],
        [0, 10],
        [10, 0],
      ]);
      expect([...first.weights.subarray(6)]).toEqual([100, 100, 100]);
      const test = await trainer.evaluate(first.weights, clouds(150));
      expect(test.silhouette).toBeGreaterThan(0.7);
      expect(test.metricScore).toBe(test.silhouette);
      expect(test.loss * 150).toBeCloseTo(test.inertia ?? 0, 6);
    },
  );

  it('starts from k different points where starts are random', async () => {
    // One start without an iteration: the centroids are the points drawn.
    const trainer = new KMeansTrainer({ ...spec, init: 'random', starts: 1, maxIterations: 1, tolerance: 1 });
    const samples = { ...clouds(3), features: Float32Array.of(0, 0, 10, 0, 0, 10) };
    for (let seed = 0; seed < 10; seed++) {
      const { weights } = await trainer.train(trainer.init(), samples, options(seed));
      expect([...weights.subarray(6)]).toEqual([1, 1, 1]);
    }
  });

  it('over clients makes the very Lloyd iterations of all samples together', async () => {
    const trainer = new KMeansTrainer(spec);
    const samples = clouds(90);
    const start = Float32Array.of(1, 1, 3, 3, 2, 9, 1, 1, 1);
    const [a, b] = [
      selectSamples(
        samples,
        Uint32Array.from({ length: 20 }, (_, i) => i),
      ),
      selectSamples(
        samples,
        Uint32Array.from({ length: 70 }, (_, i) => 20 + i),
      ),
    ];
    const aggregation = new ClusterMeans(spec, 7);
    let global: Float32Array = start;
    for (let round = 1; round <= 3; round++) {
      const updates = [];
      for (const [client, share] of [a, b].entries()) {
        const { weights } = await trainer.train(global, share, options());
        updates.push({ client, weights, samples: share.count });
      }
      global = aggregation.aggregate(global, updates);
    }
    const central = await trainer.train(start, samples, options(1, 3));
    for (const [i, value] of central.weights.entries()) expect(global[i]).toBeCloseTo(value, 4);
  });

  it('clusters the clients’ centroids in the first round, whatever their order in each', async () => {
    const trainer = new KMeansTrainer(spec);
    const updates = [];
    for (const client of [0, 1, 2, 3]) {
      const { weights } = await trainer.train(trainer.init(), clouds(60), options(client + 1));
      updates.push({ client, weights, samples: 60 });
    }
    const global = new ClusterMeans(spec, 7).aggregate(trainer.init(), updates);
    expect([...global.subarray(6)]).toEqual([80, 80, 80]);
    expect((await trainer.evaluate(global, clouds(300))).silhouette).toBeGreaterThan(0.7);
  });

  it('measures the silhouette of many samples on some that are like all, the same ones each time', async () => {
    const trainer = new KMeansTrainer(spec);
    // Every second sample lies close to its centre, the others far around it.
    const stream = randomStream(4, 'noise');
    const count = 2000;
    const features = Float32Array.from({ length: 2 * count }, (_, at) => {
      const sample = Math.floor(at / 2);
      const spread = sample % 2 === 0 ? 0.1 : 3;
      return (centres[Math.floor(sample / 2) % 3]?.[at % 2] ?? 0) + spread * stream.normal();
    });
    const samples = { ...clouds(count), features };
    const weights = Float32Array.of(0, 0, 10, 0, 0, 10, 1, 1, 1);
    const labels = Uint32Array.from(await trainer.predict(weights, samples));
    const whole = silhouette({ count, size: 2, values: features }, labels, 3) ?? Number.NaN;
    const { silhouette: some = Number.NaN } = await trainer.evaluate(weights, samples);
    // The standard error of a mean over half of them, none twice, is about 0.005.
    expect(Math.abs(some - whole)).toBeLessThan(0.025);
    expect((await new KMeansTrainer(spec).evaluate(weights, samples)).silhouette).toBe(some);
  });

  it('refuses updates of counts that no client has, which would move a mean anywhere', async () => {
    const trainer = new KMeansTrainer(spec);
    const { anyLength, isSound } = updateRules(spec);
    const { weights } = await trainer.train(trainer.init(), clouds(60), options());
    expect(anyLength).toBe(false);
    expect(isSound(weights)).toBe(true);
    const withCounts = (...counts: number[]) => Float32Array.from([...weights.subarray(0, 6), ...counts]);
    expect(isSound(withCounts(0, 60, 0))).toBe(true);
    for (const counts of [
      [0, 0, 0],
      [-20, 20, 20],
      [0.5, 20, 20],
      [3e38, 20, 20],
      [Number.NaN, 20, 20],
    ])
      expect(isSound(withCounts(...counts)), counts.join()).toBe(false);
  });

  it('says why it cannot: fewer samples than clusters, none, another model', async () => {
    const trainer = new KMeansTrainer(spec);
    await expect(trainer.train(trainer.init(), clouds(2), options())).rejects.toMatchObject({
      code: 'TRAINING_FAILED',
      message: expect.stringContaining('2 samples for 3 clusters (--clusters)'),
    });
    await expect(trainer.train(trainer.init(), clouds(0), options())).rejects.toThrow(RangeError);
    await expect(trainer.evaluate(new Float32Array(4), clouds(3))).rejects.toThrow(RangeError);
    expect((await trainer.evaluate(trainer.init(), clouds(9))).silhouette).toBeUndefined();
  });
});

describe('silhouette', () => {
  it('is what its definition gives', () => {
    const points = { count: 4, size: 1, values: Float32Array.of(0, 1, 10, 12) };
    const of = (a: number, b: number) => (b - a) / Math.max(a, b);
    const expected = (of(1, 11) + of(1, 10) + of(2, 9.5) + of(2, 11.5)) / 4;
    expect(silhouette(points, Uint32Array.of(0, 0, 1, 1), 2)).toBeCloseTo(expected, 12);
    expect(silhouette(points, Uint32Array.of(0, 0, 0, 0), 2)).toBeUndefined();
  });
});
