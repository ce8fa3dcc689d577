import { describe, expect, it } from 'vitest';
import { ForestUnion } from '#internal/learning/aggregation/forest-union.js';
import type { ForestSpec } from '#internal/learning/forest/forest-spec.js';
import { ForestTrainer } from '#internal/learning/forest/forest-trainer.js';
import { addPrediction, emptyForest, joinTrees, treesOf } from '#internal/learning/forest/tree-code.js';
import { createModel, createTrainer, isForest, openDataset, type Samples } from '#learning';
import { parseRunConfig, randomStream } from '#protocol';
import { realDataDir, temporaryFolder } from './real-data.js';

const real = realDataDir();

const spec = (over: Partial<ForestSpec> = {}): ForestSpec => ({
  kind: 'random-forest',
  task: 'classification',
  inputShape: [2],
  outputs: 3,
  trees: 20,
  rounds: 1,
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
    const union = new ForestUnion(spec({ trees: 40, rounds: 2 }));
    const once = union.aggregate(
      trainer.init(),
      [
        { client: 0, weights: a, samples: 30 },
        { client: 1, weights: b, samples: 10 },
      ],
      1,
    );
    const tree = (forest: Float32Array, index: number) => {
      const place = treesOf(forest)[index];
      return forest.subarray(place?.begin, place?.end);
    };
    expect(treesOf(once)).toHaveLength(20);
    expect(tree(once, 14)).toEqual(tree(a, 14));
    expect(tree(once, 15)).toEqual(tree(b, 0));
    expect(treesOf(union.aggregate(once, [{ client: 0, weights: a, samples: 1 }], 2))).toHaveLength(40);
  });

  /** A round of clients, each of which sends as many trees, all of a leaf that names it. */
  const named = (clients: readonly number[], count: number, samples = (_: number) => 240) =>
    clients.map((client) => ({
      client,
      samples: samples(client),
      weights: joinTrees(Array.from({ length: count }, () => Float32Array.of(-1, 1, 0, client))),
    }));
  /** Trees of each client in a forest. */
  const byClient = (forest: Float32Array, clients: number) => {
    const counts = Array.from({ length: clients }, () => 0);
    for (const { begin } of treesOf(forest)) counts[forest[begin + 3]!]!++;
    return counts;
  };
  const all = (clients: number) => Array.from({ length: clients }, (_, client) => client);

  it('takes trees from all of more clients than trees a round, in turn', () => {
    const union = new ForestUnion(spec({ trees: 100, rounds: 5 }));
    let forest = emptyForest();
    for (let round = 1; round <= 5; round++) forest = union.aggregate(forest, named(all(50), 20), round);
    expect(byClient(forest, 50)).toEqual(all(50).map(() => 2));
  });

  it('keeps each within one and a half trees of its part of the rounds that it took part in', () => {
    const union = new ForestUnion(spec({ trees: 280, rounds: 40 }));
    const stream = randomStream(1, 'availability');
    const exact = all(30).map(() => 0);
    const samples = (client: number) => 1 + client ** 2;
    let forest = emptyForest();
    for (let round = 1; round <= 40; round++) {
      const present = all(30).filter(() => stream.float() < 0.7);
      const total = present.reduce((sum, client) => sum + samples(client), 0);
      for (const client of present) exact[client]! += (7 * samples(client)) / total;
      forest = union.aggregate(forest, named(present, 7, samples), round);
      for (const [client, count] of byClient(forest, 30).entries()) {
        expect(Math.abs(count - exact[client]!)).toBeLessThan(1.5);
      }
    }
    expect(treesOf(forest)).toHaveLength(280);
  });

  it.each([
    [100, 3],
    [100, 60],
    [100, 200],
    [10, 100],
    [1, 1],
  ])(
    'has %i trees after %i rounds, as many as were asked for, and one after the first',
    (nEstimators, rounds) => {
      const data = { name: 'iris', task: 'classification', inputShape: [4], classes: 3 } as const;
      const config = parseRunConfig({ dataset: 'iris', modelType: 'random_forest', nEstimators, rounds });
      const model = createModel(data, config) as ForestSpec;
      const union = new ForestUnion(model);
      const grown = Math.ceil(nEstimators / rounds);
      let forest = emptyForest();
      for (let round = 1; round <= rounds; round++) {
        const gained = union.aggregate(forest, named([0, 1], grown), round);
        expect(treesOf(gained).length - treesOf(forest).length).toBeLessThanOrEqual(grown);
        expect(treesOf(gained).length).toBeGreaterThan(0);
        forest = gained;
      }
      expect(treesOf(forest)).toHaveLength(nEstimators);
    },
  );

  it('makes up for the trees of a round without updates', () => {
    const union = new ForestUnion(spec({ trees: 12, rounds: 4 }));
    let forest = union.aggregate(emptyForest(), named([0, 1], 3), 1);
    forest = union.aggregate(forest, named([0, 1], 3), 3);
    expect(treesOf(forest)).toHaveLength(9);
  });

  it('grows the same forest where the run was resumed in between', () => {
    const whole = new ForestUnion(spec({ trees: 16, rounds: 4 }));
    let forest = emptyForest();
    for (let round = 1; round <= 3; round++) forest = whole.aggregate(forest, named(all(9), 4), round);
    const resumed = new ForestUnion(spec({ trees: 16, rounds: 4 }));
    resumed.memory = whole.memory.map((array) => array.slice());
    const forgetful = new ForestUnion(spec({ trees: 16, rounds: 4 }));
    const [expected, gained] = [whole, resumed].map((union) => union.aggregate(forest, named(all(9), 4), 4));
    expect(gained).toEqual(expected);
    expect(forgetful.aggregate(forest, named(all(9), 4), 4)).not.toEqual(expected);
  });

  it('takes what there is where clients send fewer trees, and refuses nothing and nobody', () => {
    const union = new ForestUnion(spec({ trees: 20, rounds: 2 }));
    const some = union.aggregate(emptyForest(), [...named([0], 1), ...named([1], 30), ...named([2], 2)], 1);
    expect(byClient(some, 3)).toEqual([1, 7, 2]);
    expect(treesOf(union.aggregate(some, named([0, 1], 3), 2))).toHaveLength(16);
    expect(() => union.aggregate(some, [], 2)).toThrow(RangeError);
    const weightless = named([0], 1, () => 0);
    expect(() => union.aggregate(some, weightless, 2)).toThrow(RangeError);
  });
});

describe.skipIf(real === undefined)('random forest on digits', () => {
  it('has at least 0.95 on the test set', async () => {
    const dataset = await openDataset('digits', { dataDir: real, cacheDir: await temporaryFolder() });
    const { trainCount, inputShape, classes } = dataset.info;
    const trainer = new ForestTrainer(spec({ inputShape, outputs: classes, trees: 60 }));
    const train = await dataset.readTrain(Uint32Array.from({ length: trainCount }, (_, i) => i));
    const { weights } = await trainer.train(trainer.init(), train, options());
    expect((await trainer.evaluate(weights, await dataset.readTest())).accuracy).toBeGreaterThanOrEqual(0.95);
  });
});
