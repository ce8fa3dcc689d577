import { isRead, type RandomStream, type RunConfig } from '#protocol';
import type { Combination } from '../combinations.js';
import { oneRoundFamilies } from '../families.js';

type Weighted<T> = readonly (readonly [value: T, probability: number])[];

const even = <T>(...values: readonly T[]): Weighted<T> => values.map((value) => [value, 1 / values.length]);

/** Below so many training samples a dataset is divided among few clients. */
const smallDataset = 2000;

const clients: Weighted<number> = [
  [5, 0.15],
  [10, 0.45],
  [20, 0.35],
  [50, 0.05],
];
const rounds: Weighted<number> = [
  [5, 0.3],
  [10, 0.45],
  [20, 0.25],
];
const epochs: Weighted<number> = [
  [1, 0.15],
  [2, 0.4],
  [3, 0.3],
  [5, 0.15],
];
const imageBatches: Weighted<number> = [
  [32, 0.3],
  [64, 0.5],
  [128, 0.2],
];
const tableBatches = even(16, 32, 64);
const optimizers: Weighted<string> = [
  ['adam', 0.5],
  ['rmsprop', 0.2],
  ['sgd', 0.3],
];
const activations: Weighted<string> = [
  ['relu', 0.8],
  ['tanh', 0.1],
  ['gelu', 0.1],
];
const dropouts: Weighted<number> = [
  [0, 0.5],
  [0.2, 0.35],
  [0.5, 0.15],
];
const weightDecays: Weighted<number> = [
  [0, 0.6],
  [1e-4, 0.3],
  [1e-3, 0.1],
];
const depths: Weighted<number> = [
  [1, 0.5],
  [2, 0.35],
  [3, 0.15],
];
const imageWidths = even(64, 128, 256);
const tableWidths = even(32, 64, 128);
const trees = even(50, 100, 200);
/** 0 stands for no limit. */
const treeDepths = even(0, 8, 16);
/** Clusters more than the dataset has classes. */
const clustersMore = even(-2, -1, 0, 1, 2);
const centroidInits: Weighted<string> = [
  ['k-means++', 0.8],
  ['random', 0.2],
];
const centroidStarts = even(10, 20);
const iterations = even(200, 300, 500);
const tolerances = even(1e-4, 1e-3);
const sampleFractions = even(1, 0.8, 0.6);

/** Parameters of the partition strategies that a plan draws from; the others are left to the user. */
export const strategyParams: Readonly<Record<string, Weighted<number> | undefined>> = {
  iid: undefined,
  quantity_skew: even(0.5, 1, 2),
  dirichlet: even(0.1, 0.5, 1),
  shard: even(2, 3, 4, 5),
  label_per_client: even(1, 2, 3),
};

/** What a plan draws where no flag gives it. */
const drawnFields = [
  'dataset',
  'taskType',
  'modelType',
  'strategy',
  'distributionParam',
  'sampleFrac',
  'clients',
  'rounds',
  'clientDropoutRate',
  'seed',
  'optimizer',
  'learningRate',
  'weightDecay',
  'epochsPerRound',
  'batchSize',
  'hiddenLayers',
  'activation',
  'dropout',
  'nEstimators',
  'maxDepth',
  'clusters',
  'init',
  'nInit',
  'maxIter',
  'tol',
] as const satisfies readonly (keyof RunConfig)[];
type Drawn = Partial<Record<(typeof drawnFields)[number], unknown>>;

const isDrawn: ReadonlySet<string> = new Set(drawnFields);

/** What becomes of a field that no flag gives, in words; undefined where its default holds. */
export function unlessGiven(key: string): string | undefined {
  // The flag is the plan's own seed, from which those of the runs are drawn.
  if (key === 'seed') return undefined;
  if (key === 'sampleSize') return 'a drawn --sample-frac unless given';
  return isDrawn.has(key) ? 'drawn unless given' : undefined;
}

/**
 * Draws the settings of one run, from the ranges of MDG's generator (docs/from-mdg.md lists them).
 * Settings that the family has no use for are not drawn.
 */
export function drawSettings(
  stream: RandomStream,
  { task, data }: Pick<Combination, 'task' | 'data'>,
  family: string,
  strategy: string,
): Drawn {
  const isImage = data.inputShape.length === 3;
  const isOneRound = oneRoundFamilies.has(family);
  const param = strategyParams[strategy];
  return {
    dataset: data.name,
    taskType: task,
    modelType: family,
    strategy,
    ...(param === undefined ? {} : { distributionParam: choose(stream, param) }),
    sampleFrac: choose(stream, sampleFractions),
    clients: data.trainCount < smallDataset ? 5 : choose(stream, clients),
    rounds: isOneRound ? 1 : choose(stream, rounds),
    clientDropoutRate: threeDigits(stream.between(0, 0.3)),
    seed: stream.integer(0, 2 ** 31 - 1),
    ...(isOneRound ? {} : gradientSettings(stream, isImage)),
    ...(family === 'random_forest' ? forestSettings(stream) : {}),
    ...(family === 'kmeans' ? clusterSettings(stream, data.classes) : {}),
    ...(isRead('hiddenLayers', { modelType: family })
      ? layerSettings(stream, isImage, family === 'mlp')
      : {}),
  };
}

function gradientSettings(stream: RandomStream, isImage: boolean): Drawn {
  const optimizer = choose(stream, optimizers);
  const [low, high] = optimizer === 'sgd' ? [3e-4, 3e-2] : [1e-4, 3e-3];
  return {
    optimizer,
    learningRate: threeDigits(Math.exp(stream.between(Math.log(low), Math.log(high)))),
    weightDecay: choose(stream, weightDecays),
    epochsPerRound: choose(stream, epochs),
    batchSize: choose(stream, isImage ? imageBatches : tableBatches),
  };
}

function layerSettings(stream: RandomStream, isImage: boolean, isMlp: boolean): Drawn {
  const width = (): number => choose(stream, isImage ? imageWidths : tableWidths);
  if (!isMlp) return { hiddenLayers: [width()] };
  return {
    hiddenLayers: Array.from({ length: choose(stream, depths) }, width),
    activation: choose(stream, activations),
    dropout: choose(stream, dropouts),
  };
}

function forestSettings(stream: RandomStream): Drawn {
  const maxDepth = choose(stream, treeDepths);
  return { nEstimators: choose(stream, trees), ...(maxDepth === 0 ? {} : { maxDepth }) };
}

/** @param classes of the dataset; 0 leaves the clusters to their default */
function clusterSettings(stream: RandomStream, classes: number): Drawn {
  const clusters = Math.max(2, classes + choose(stream, clustersMore));
  return {
    ...(classes === 0 ? {} : { clusters }),
    init: choose(stream, centroidInits),
    nInit: choose(stream, centroidStarts),
    maxIter: choose(stream, iterations),
    tol: choose(stream, tolerances),
  };
}

const threeDigits = (value: number): number => Number(value.toPrecision(3));

function choose<T>(stream: RandomStream, choices: Weighted<T>): T {
  let rest = stream.float();
  for (const [value, probability] of choices) {
    rest -= probability;
    if (rest < 0) return value;
  }
  const last = choices.at(-1);
  if (last === undefined) throw new RangeError('nothing to choose from');
  return last[0];
}
