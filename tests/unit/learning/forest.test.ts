import { describe, expect, it } from 'vitest';
import { ForestUnion } from '#internal/learning/aggregation/forest-union.js';
import type { ForestSpec } from '#internal/learning/forest/forest-spec.js';
import { ForestTrainer } from '#internal/learning/forest/forest-trainer.js';
import { addPrediction, joinTrees, treesOf } from '#internal/learning/forest/tree-code.js';
import { createTrainer, isForest, openDataset, type Samples } from '#learning';
import { randomStream } from '#protocol';
import { realDataDir, temporaryFolder } from './real-data.js';

const real = realDataDir();

const spec = (over: Partial<ForestSpec> = {}): ForestSpec => ({
  kind: 'random-forest',
  task: 'classification',
  inputShape: [2],
  outputs: 3,
  treesPerRound: 20,
  maxDepth: Number.POSITIVE_INFINITY,
  ...over,
});

const options = (seed = 1) => ({
  epochs: 1,
  batchSize: 32,
  learningRate: 0.1,
  optimizer: { kind: 'sgd' as const },
  shuffle: randomStream(seed, 'shuffle'),
});

/** Points of three classes that one feature divides, the other is noise. */
function striped(count: number): Samples {
  const stream = randomStream(5, 'noise');
  const features = Float32Array.from({ length: 2 * count }, () => stream.between(0, 3));
  const labels = Uint8Array.from({ length: count }, (_, i) => Math.floor(features[2 * i] ?? 0));
  return {
    count,
    inputShape: [2],
    features,
    scale: 1,
    labels,
    targets: Float32Array.from(labels, (label) => 2 * label - 1),
  };
}

describe('random forest', () => {
  it('learns what one feature tells, and gives the same trees for the same stream', async () => {
    const trainer = await createTrainer(spec(), 'auto');
    const start = trainer.init(randomStream(1, 'init'));
    const first = await trainer.train(start, striped(300), options());
    const again = await trainer.train(start, striped(300), options());
    const other = await trainer.train(start, striped(300), options(2));
    expect(again.weights).toEqual(first.weights);
    expect(other.weights).not.toEqual(first.weights);
    expect(first).toMatchObject({ steps: 20, samples: 300 });
    const test = await trainer.evaluate(first.weights, striped(1000));
    expect(test.accuracy).toBeGreaterThan(0.97);
    expect(treesOf(first.weights)).toHaveLength(20);
    expect(isForest(first.weights)).toBe(true);
  });

  it('learns values', async () => {
    const trainer = new ForestTrainer(spec({ task: 'regression', outputs: 1 }));
    const { weights } = await trainer.train(trainer.init(), striped(300), options());
    expect((await trainer.evaluate(weights, striped(1000))).r2).toBeGreaterThan(0.95);
  });

  it('keeps to its depth, and a single class makes leaves alone', async () => {
    const trainer = new ForestTrainer(spec({ maxDepth: 1 }));
    const stumps = await trainer.train(trainer.init(), striped(300), options());
    for (const { begin, end } of treesOf(stumps.weights)) {
      expect(end - begin).toBeLessThanOrEqual(3 + 2 * (2 + 2 * 3));
    }
    const single = { ...striped(50), labels: new Uint8Array(50).fill(2) };
    const { weights } = await trainer.train(trainer.init(), single, options());
    expect(await trainer.evaluate(weights, single)).toMatchObject({ accuracy: 1, f1: 1, loss: 0 });
  });

  it('without trees finds all classes alike', async () => {
    const trainer = new ForestTrainer(spec());
    expect((await trainer.evaluate(trainer.init(), striped(30))).loss).toBeCloseTo(Math.log(3), 6);
  });

  it('refuses numbers that are no forest', async () => {
    const trainer = new ForestTrainer(spec());
    const { weights } = await trainer.train(trainer.init(), striped(50), options());
    for (const bad of [
      weights.slice(0, -1),
      Float32Array.of(),
      Float32Array.of(2, 3, -1, 0, 5),
      Float32Array.of(1, 3, 0, 0.5, 0),
      Float32Array.of(1, 2, -1, 7),
      Float32Array.of(1, 4, -1, 1, 0, Number.NaN),
      Float32Array.of(1, 4, -1, 1, 0, Number.POSITIVE_INFINITY),
      Float32Array.of(1, 4, -1, 1, 0.5, 1),
    ]) {
      expect(isForest(bad)).toBe(false);
    }
    expect(() => addPrediction(Float32Array.of(0, 0.5, 0), [1], 0, 1, new Float64Array(1))).toThrow(
      RangeError,
    );
  });

  it('refuses trees whose links lead to no node, which no walk comes out of', () => {
    const leaf = [-1, 1, 0, 1];
    const withLink = (right: number) => joinTrees([Float32Array.of(0, 0.5, right, ...leaf, ...leaf)]);
    expect(isForest(withLink(7))).toBe(true);
    for (const right of [-1, 0, 2, 4, 8, 11, 7.5]) expect(isForest(withLink(right)), `${right}`).toBe(false);
    // The right child lies within a leaf, where the numbers read as a split that leads to itself.
    const endless = joinTrees([Float32Array.of(0, -1e9, 5, -1, 2, 0, -1e9, 5, 0.5)]);
    expect(isForest(endless)).toBe(false);
    expect(isForest(joinTrees([Float32Array.of(0, 0.5, 3)]))).toBe(false);
  });

  it('is united in proportion to the samples, on top of what there was', async () => {
    const trainer = new ForestTrainer(spec());
    const grown = async (seed: number) =>
      (await trainer.train(trainer.init(), striped(40), options(seed))).weights;
    const [a, b] = [await grown(1), await grown(2)];
    const union = new ForestUnion(20);
    const once = union.aggregate(trainer.init(), [
      { weights: a, samples: 30 },
      { weights: b, samples: 10 },
    ]);
    const tree = (forest: Float32Array, index: number) => {
      const place = treesOf(forest)[index];
      return forest.subarray(place?.begin, place?.end);
    };
    expect(treesOf(once)).toHaveLength(20);
    expect(tree(once, 14)).toEqual(tree(a, 14));
    expect(tree(once, 15)).toEqual(tree(b, 0));
    expect(treesOf(union.aggregate(once, [{ weights: a, samples: 1 }]))).toHaveLength(40);
  });
});

describe.skipIf(real === undefined)('random forest on digits', () => {
  it('has at least 0.95 on the test set', async () => {
    const dataset = await openDataset('digits', { dataDir: real, cacheDir: await temporaryFolder() });
    const { trainCount, inputShape, classes } = dataset.info;
    const trainer = new ForestTrainer(spec({ inputShape, outputs: classes, treesPerRound: 60 }));
    const train = await dataset.readTrain(Uint32Array.from({ length: trainCount }, (_, i) => i));
    const { weights } = await trainer.train(trainer.init(), train, options());
    expect((await trainer.evaluate(weights, await dataset.readTest())).accuracy).toBeGreaterThanOrEqual(0.95);
  });
});
