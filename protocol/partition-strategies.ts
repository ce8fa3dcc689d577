/** What `--distribution-param` means to a strategy, and what it may be. */
export interface StrategyParam {
  readonly meaning: string;
  readonly default: number;
  readonly low: number;
  readonly high: number;
  readonly whole?: true;
}

export interface StrategySpec {
  /** One line for help and wizards; the exact definition is in `docs/distributions.md`. */
  readonly summary: string;
  readonly param?: StrategyParam;
  /** Looks at labels, so that a regression's targets are put into bins first. */
  readonly byLabel?: true;
}

const alpha = (meaning: string, standard: number): StrategyParam => ({
  meaning: `alpha ${meaning}; smaller is more skewed`,
  default: standard,
  low: 0.001,
  high: 1e6,
});

const labels = (standard: number): StrategyParam => ({
  meaning: 'labels a client',
  default: standard,
  low: 1,
  high: 256,
  whole: true,
});

/** Every partition strategy, with MDG's names and defaults where MDG has it. */
export const partitionStrategies = Object.freeze({
  iid: { summary: 'equal shares of one shuffled pile' },
  quantity_skew: { summary: 'shares of unequal size', param: alpha('of the sizes', 1) },
  dirichlet: {
    summary: 'each class divided unequally over the clients',
    param: alpha('of a class’s division', 0.5),
    byLabel: true,
  },
  shard: {
    summary: 'shards of the data sorted by label',
    param: { meaning: 'shards a client', default: 2, low: 1, high: 10_000, whole: true },
    byLabel: true,
  },
  label_per_client: { summary: 'a few randomly drawn labels a client', param: labels(1), byLabel: true },
  custom: { summary: 'label counts from a file', byLabel: true },
  mixed: {
    summary: 'unequal sizes and, in each client, an unequal mix of labels',
    param: alpha('of a client’s labels', 0.5),
    byLabel: true,
  },
  pathological: {
    summary: 'a few labels a client, every label held by someone',
    param: labels(2),
    byLabel: true,
  },
  feature_noise: {
    summary: 'equal shares; Gaussian noise that grows from client to client',
    param: { meaning: 'variance of the last client’s noise', default: 0.1, low: 0, high: 100 },
  },
  feature_shift: {
    summary: 'equal shares; every client sees its images turned or brightened by another amount',
    param: {
      meaning: 'largest shift: degrees of rotation, or per cent of brightness',
      default: 30,
      low: 0,
      high: 180,
    },
  },
  temporal_drift: {
    summary: 'a client’s mix of labels moves over the rounds',
    param: alpha('of a client’s labels', 0.5),
    byLabel: true,
  },
  concept_drift: {
    summary: 'equal shares; from a round on some clients’ labels are permuted',
    param: { meaning: 'share of the clients that drift', default: 0.5, low: 0, high: 1 },
    byLabel: true,
  },
} satisfies Record<string, StrategySpec>);

export type PartitionStrategyName = keyof typeof partitionStrategies;

export const partitionStrategyNames = Object.freeze(
  Object.keys(partitionStrategies).filter(isPartitionStrategy),
);

function isPartitionStrategy(name: string): name is PartitionStrategyName {
  return name in partitionStrategies;
}
