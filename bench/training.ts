import {
  cnnSpec,
  createTrainer,
  type ModelSpec,
  mlpSpec,
  mobilenetSpec,
  recurrentSpec,
  type Samples,
} from '#learning';
import { randomStream } from '#protocol';
import { compileLimit } from './limit.js';
import { machineVersions, median, print, rounded } from './report.js';
import { measureTorch } from './torch.js';

interface TrainingCase {
  readonly spec: ModelSpec;
  readonly optimizer: 'sgd' | 'adam';
  /** What of it the C program does. */
  readonly limit?: 'the same step' | 'the matrix products alone';
}

const images = { inputShape: [28, 28, 1], classes: 10 };

const trainingCases: Readonly<Record<string, TrainingCase>> = {
  mlp: { spec: mlpSpec(images, [128, 64]), optimizer: 'sgd', limit: 'the same step' },
  'mlp-adam': { spec: mlpSpec(images, [128, 64]), optimizer: 'adam', limit: 'the same step' },
  logreg: { spec: mlpSpec(images, []), optimizer: 'sgd', limit: 'the same step' },
  cnn: { spec: cnnSpec(images), optimizer: 'sgd', limit: 'the same step' },
  rnn: {
    spec: recurrentSpec(images, 'simple-rnn', 64),
    optimizer: 'sgd',
    limit: 'the matrix products alone',
  },
  lstm: { spec: recurrentSpec(images, 'lstm', 64), optimizer: 'sgd', limit: 'the matrix products alone' },
  gru: { spec: recurrentSpec(images, 'gru', 64), optimizer: 'sgd', limit: 'the matrix products alone' },
  mobilenet: { spec: mobilenetSpec(images), optimizer: 'sgd' },
};

const runs = 5;
const seconds = 1.5;

/** Local training, in samples per second of CPU time, against the limit in C and against PyTorch. */
export default async function training(names: readonly string[]): Promise<void> {
  const limit = compileLimit();
  for (const [name, one] of Object.entries(trainingCases)) {
    if (names.length > 0 && !names.includes(name)) continue;
    for (const batch of [32, 128]) {
      const rate = await startTrainer(one, batch);
      await rate();
      const ours: number[] = [];
      const limits: number[] = [];
      const peers: number[] = [];
      let torchVersion = '';
      for (let run = 0; run < runs; run++) {
        ours.push(await rate());
        if (limit && one.limit) limits.push(limit.measure(name, batch, seconds));
        const torch = measureTorch(name, batch, seconds);
        if (torch) peers.push(torch.value);
        torchVersion = torch?.version ?? '';
      }
      const line = {
        bench: 'training',
        case: `${name}-b${batch}`,
        value: rounded(median(ours)),
        unit: 'samples per core-second',
        spread: [rounded(Math.min(...ours)), rounded(Math.max(...ours))] as const,
        runs,
        versions: { ...machineVersions(), ...(torchVersion ? { torch: torchVersion } : {}) },
      };
      const against = (description: string | null, theirs: readonly number[]): void =>
        print({
          ...line,
          ratio: theirs.length > 0 ? rounded(median(ours) / median(theirs)) : null,
          against: description,
        });
      if (limits.length > 0) against(`${limit?.description}, ${one.limit}`, limits);
      if (peers.length > 0) against(`PyTorch ${torchVersion}, one thread`, peers);
      if (limits.length + peers.length === 0) against(null, []);
    }
  }
}

/** @returns a function that trains for a while and says at which rate */
async function startTrainer(
  { spec, optimizer }: TrainingCase,
  batch: number,
): Promise<() => Promise<number>> {
  const trainer = await createTrainer(spec, 'auto');
  const samples = randomSamples(64 * batch);
  let weights = trainer.init(randomStream(1, 'init'));
  return async () => {
    const began = process.cpuUsage();
    let trained = 0;
    for (;;) {
      const outcome = await trainer.train(weights, samples, {
        epochs: 4,
        batchSize: batch,
        learningRate: 0.001,
        optimizer: { kind: optimizer },
        shuffle: randomStream(1, 'shuffle'),
      });
      weights = outcome.weights;
      trained += 4 * samples.count;
      const { user, system } = process.cpuUsage(began);
      const used = (user + system) / 1e6;
      if (used >= seconds) return trained / used;
    }
  };
}

function randomSamples(count: number): Samples {
  const stream = randomStream(1, 'sampling');
  const features = Uint8Array.from({ length: count * 784 }, () => stream.integer(0, 255));
  const labels = Uint8Array.from({ length: count }, () => stream.integer(0, 9));
  return { count, inputShape: [28, 28, 1], features, scale: 1 / 255, labels };
}
