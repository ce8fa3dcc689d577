import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  cnnSpec,
  createModel,
  createTrainer,
  type DatasetInfo,
  type ModelSpec,
  mlpSpec,
  openDataset,
} from '#learning';
import { parseRunConfig, type RunConfigInput, randomStream } from '#protocol';
import { machineVersions, median, print, rounded } from './report.js';
import { peerSilhouette } from './scikit-learn.js';

/** Something learnt by what the package is made of, on real data, as well as it should be. */
interface AccuracyCase {
  readonly unit: string;
  /** What the value should reach. */
  readonly goal: number;
  /** @returns the value on data that was not learnt from */
  measure(seed: number): Promise<number>;
}

const accuracyCases: Readonly<Record<string, AccuracyCase>> = {
  'mnist-mlp': centralised('mnist', (info) => mlpSpec(info, [128, 64]), 0.975),
  'mnist-cnn': centralised('mnist', (info) => cnnSpec(info), 0.988),
  'digits-forest': { unit: 'accuracy on the test split, 100 trees', goal: 0.95, measure: forestOnDigits },
  'fashion-cnn': centralised('fashion_mnist', (info) => cnnSpec(info), 0.9),
};

const seeds = [1, 2, 3];

/** Accuracy after a usual training, against its goal; the value is the median over seeds. */
export default async function accuracy(names: readonly string[]): Promise<void> {
  for (const [name, { unit, goal, measure }] of Object.entries(accuracyCases)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const values: number[] = [];
    for (const seed of seeds) values.push(await measure(seed));
    print({
      bench: 'accuracy',
      case: name,
      value: rounded(median(values)),
      unit,
      ratio: rounded(median(values) / goal),
      against: `the goal of ${goal}`,
      spread: [rounded(Math.min(...values)), rounded(Math.max(...values))],
      runs: values.length,
      versions: machineVersions(),
    });
  }
  if (names.length === 0 || names.includes('digits-kmeans')) await kmeansOnDigits();
}

async function forestOnDigits(seed: number): Promise<number> {
  const { accuracy } = await onDigits({ modelType: 'random_forest', rounds: 1 }, seed);
  return accuracy ?? Number.NaN;
}

/** k-means on digits, its silhouette beside that of scikit-learn's k-means on the same split and scaling. */
async function kmeansOnDigits(): Promise<void> {
  const ours: number[] = [];
  const theirs: number[] = [];
  let against: string | null = null;
  for (const seed of seeds) {
    const { silhouette, train, test } = await onDigits({ modelType: 'kmeans' }, seed);
    ours.push(silhouette ?? Number.NaN);
    const peer = peerSilhouette(train, test, 10, seed);
    if (peer === undefined) continue;
    theirs.push(peer.value);
    against = `scikit-learn ${peer.version}: ${rounded(median(theirs))}`;
  }
  print({
    bench: 'accuracy',
    case: 'digits-kmeans',
    value: rounded(median(ours)),
    unit: 'silhouette on the test split, 10 clusters, 10 starts',
    ratio: theirs.length === 0 ? null : rounded(median(ours) / median(theirs)),
    against,
    spread: [rounded(Math.min(...ours)), rounded(Math.max(...ours))],
    runs: ours.length,
    versions: machineVersions(),
  });
}

/** A family that is no network, trained in one place on the digits. */
async function onDigits(settings: RunConfigInput, seed: number) {
  const dataset = await openDataset('digits', { dataDir: dataFolder() });
  const trainer = await createTrainer(createModel(dataset.info, parseRunConfig(settings)), 'auto');
  const train = await dataset.readTrain(Uint32Array.from(dataset.trainLabels.keys()));
  const test = await dataset.readTest();
  const { weights } = await trainer.train(trainer.init(randomStream(seed, 'init')), train, {
    epochs: 1,
    batchSize: 32,
    learningRate: 0.001,
    optimizer: { kind: 'adam' },
    shuffle: randomStream(seed, 'shuffle'),
  });
  return { ...(await trainer.evaluate(weights, test)), train, test };
}

/** A model trained in one place, without a federation: 5 epochs of Adam at its usual rate. */
function centralised(
  name: 'mnist' | 'fashion_mnist',
  specOf: (info: DatasetInfo) => ModelSpec,
  goal: number,
): AccuracyCase {
  return {
    unit: 'accuracy on the 10,000 test images after 5 epochs',
    goal,
    async measure(seed) {
      const dataset = await openDataset(name, { dataDir: dataFolder() });
      try {
        const trainer = await createTrainer(specOf(dataset.info), 'auto');
        const samples = await dataset.readTrain(Uint32Array.from(dataset.trainLabels.keys()));
        const start = trainer.init(randomStream(seed, 'init'));
        const { weights } = await trainer.train(start, samples, {
          epochs: 5,
          batchSize: 32,
          learningRate: 0.001,
          optimizer: { kind: 'adam' },
          shuffle: randomStream(seed, 'shuffle'),
        });
        const { accuracy } = await trainer.evaluate(weights, await dataset.readTest());
        trainer.dispose();
        return accuracy ?? Number.NaN;
      } finally {
        await dataset.close();
      }
    },
  };
}

/** Where the datasets lie, as for the tests; where they do not, they are downloaded. */
function dataFolder(): string | undefined {
  const folder =
    process.env.MLAAS_TEST_DATA_DIR ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
  return existsSync(join(folder, 'mnist')) ? folder : undefined;
}
