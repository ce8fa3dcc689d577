import { z } from 'zod';
import { type FieldMeta, field, numeric, wholeNumber } from './config-field.js';
import { FleetError } from './errors.js';
import { canonicalJson, sha256 } from './hash.js';
import { partitionFields, resolvePartition } from './partition-fields.js';
import { idPattern } from './topics.js';

const seconds = (low: number, high: number) => numeric(z.number().min(low).max(high));

/** Whole numbers with commas between them, or a list. */
const widths = (least: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
    z.array(wholeNumber(1, 65_536)).min(least).max(16),
  );

/** `KEY=VALUE` texts as flags give them, or an object of texts, numbers and flags as YAML does. */
const keyValues = z.preprocess(
  (value) => {
    if (typeof value !== 'string' && !Array.isArray(value)) return value;
    return Object.fromEntries([value].flat().map(splitAtEquals));
  },
  z.record(
    z.string().min(1, 'must be KEY=VALUE'),
    z.preprocess(
      (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
      z.string('must be KEY=VALUE'),
    ),
  ),
);

function splitAtEquals(text: unknown): [string, unknown] {
  const [key = '', ...rest] = String(text).split('=');
  return [key.trim(), rest.length === 0 ? undefined : rest.join('=')];
}

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must be postgres://user:password@host:port/database');
const brokerUrl = z.string().regex(/^mqtts?:\/\//, 'must be mqtt://host:port or mqtts://host:port');

/** How updates can become the next global model; `learning/aggregation` has a class for each. */
export const aggregationNames = [
  'fedavg',
  'fedavgm',
  'fedadam',
  'fedadagrad',
  'fedyogi',
  'median',
  'trimmedmean',
  'krum',
  'multikrum',
] as const;
export type AggregationName = (typeof aggregationNames)[number];

const modelTypes = [
  'mlp',
  'logreg',
  'linreg',
  'cnn',
  'rnn',
  'lstm',
  'gru',
  'mobilenet',
  'random_forest',
  'kmeans',
] as const;

const lowerCase = (value: unknown): unknown => (typeof value === 'string' ? value.toLowerCase() : value);

/** A family by any spelling of its name: `LogReg`, `MobileNetV2`. */
function modelTypeOf(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const plain = (name: string): string => name.toLowerCase().replace(/[-_ ]|v2$/g, '');
  return modelTypes.find((type) => plain(type) === plain(value)) ?? value;
}

/** Every setting of a run: the one source of flags, help, defaults, ranges and validation. */
export const runConfigSchema = z.strictObject({
  dataset: field(z.string().default('synthetic_digits'), {
    flag: '--dataset',
    placeholder: 'NAME',
    group: 'Data',
    scope: 'experiment',
    description:
      'synthetic_digits and synthetic_sensors (built in), mnist, fashion_mnist, kmnist, emnist, cifar10, digits, iris, wine, breast_cancer, california_housing, diabetes, or csv:FILE, a table of your own',
  }),
  datasetArg: field(keyValues.default({}), {
    flag: '--dataset-arg',
    placeholder: 'KEY=VALUE',
    group: 'Data',
    scope: 'experiment',
    repeatable: true,
    description:
      'of tables: test_size, seed (of the test split), scaler (standard, minmax, none), y_standardize; of csv:FILE also target, task, drop; may be repeated',
  }),
  sampleSize: field(wholeNumber(1, 100_000_000).optional(), {
    flag: '--sample-size',
    placeholder: 'N',
    group: 'Data',
    scope: 'experiment',
    description: 'training samples drawn before the data is divided; all by default',
  }),
  sampleFrac: field(numeric(z.number().positive().max(1)).optional(), {
    flag: '--sample-frac',
    placeholder: 'X',
    group: 'Data',
    scope: 'experiment',
    description: 'the same as a share of the training samples',
  }),
  ...partitionFields,
  dataDir: field(z.string().min(1).optional(), {
    flag: '--data-dir',
    placeholder: 'DIR',
    group: 'Data',
    scope: 'deployment',
    description: 'folder that holds the datasets, a folder each (mnist/, fashion-mnist/, MNIST/raw/)',
  }),
  cacheDir: field(z.string().min(1).optional(), {
    flag: '--cache-dir',
    placeholder: 'DIR',
    group: 'Data',
    scope: 'deployment',
    description: 'where downloaded and decoded datasets are kept; default: the user’s cache folder',
  }),
  taskType: field(
    z.preprocess(lowerCase, z.enum(['classification', 'regression', 'clustering'])).optional(),
    {
      flag: '--task-type',
      group: 'Model and training',
      scope: 'experiment',
      description: 'what is to be learnt; default: what the dataset is for, or clustering with kmeans',
    },
  ),
  modelType: field(z.preprocess(modelTypeOf, z.enum(modelTypes)).default('mlp'), {
    flag: '--model-type',
    group: 'Model and training',
    scope: 'experiment',
    description: 'model family; default: mlp, or kmeans for clustering',
  }),
  nEstimators: field(wholeNumber(1, 10_000).default(100), {
    flag: '--n-estimators',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description: 'random_forest: trees of the global model after the last round; each round adds its part',
  }),
  maxDepth: field(wholeNumber(1, 1000).optional(), {
    flag: '--max-depth',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description: 'random_forest: splits from root to leaf at most; default: until leaves are pure',
  }),
  clusters: field(wholeNumber(1, 10_000).optional(), {
    flag: '--clusters',
    placeholder: 'K',
    group: 'Model and training',
    scope: 'experiment',
    description: 'kmeans: clusters; default: the dataset’s classes, or 8',
  }),
  init: field(z.enum(['k-means++', 'random']).default('k-means++'), {
    flag: '--init',
    group: 'Model and training',
    scope: 'experiment',
    description: 'kmeans: how a client draws the centroids it starts from',
  }),
  nInit: field(wholeNumber(1, 1000).default(10), {
    flag: '--n-init',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description: 'kmeans: starts of a client, the best of which is kept',
  }),
  maxIter: field(wholeNumber(1, 100_000).default(300), {
    flag: '--max-iter',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description: 'kmeans: Lloyd iterations of a start at most',
  }),
  tol: field(numeric(z.number().min(0).max(1)).default(1e-4), {
    flag: '--tol',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'kmeans: movement of the centroids, relative to the variance of the data, that ends a start',
  }),
  convFilters: field(widths(1).default([16, 32]), {
    flag: '--conv-filters',
    placeholder: 'LIST',
    group: 'Model and training',
    scope: 'experiment',
    description: 'filters of the convolutions of a cnn, each followed by a 2x2 max-pooling',
  }),
  hiddenLayers: field(widths(0).default([128, 64]), {
    flag: '--hidden-layers',
    placeholder: 'LIST',
    group: 'Model and training',
    scope: 'experiment',
    description: 'widths of the hidden layers, such as "128,64"; cnn and recurrent families use the last one',
  }),
  activation: field(
    z.enum(['relu', 'tanh', 'sigmoid', 'gelu', 'elu', 'selu', 'softplus', 'linear']).default('relu'),
    {
      flag: '--activation',
      group: 'Model and training',
      scope: 'experiment',
      description: 'activation of the MLP’s hidden layers',
    },
  ),
  dropout: field(numeric(z.number().min(0).max(0.95)).default(0), {
    flag: '--dropout',
    placeholder: 'P',
    group: 'Model and training',
    scope: 'experiment',
    description: 'share of an MLP’s hidden values set to 0 in training',
  }),
  optimizer: field(z.enum(['adam', 'adamw', 'sgd', 'rmsprop', 'adagrad']).default('adam'), {
    flag: '--optimizer',
    group: 'Model and training',
    scope: 'experiment',
    description: 'local optimiser, fresh in every round',
  }),
  learningRate: field(numeric(z.number().positive().max(100)).default(0.001), {
    flag: '--learning-rate',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'step size of the local optimiser',
  }),
  momentum: field(numeric(z.number().min(0).max(0.9999)).default(0), {
    flag: '--momentum',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'momentum of sgd',
  }),
  weightDecay: field(numeric(z.number().min(0).max(10)).default(0), {
    flag: '--weight-decay',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'L2 penalty of kernels; with adamw decoupled from the gradient',
  }),
  clipNorm: field(numeric(z.number().positive().max(1e6)).optional(), {
    flag: '--clip-norm',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'gradients with a longer norm are shortened to this; off by default',
  }),
  proximalMu: field(numeric(z.number().min(0).max(1000)).default(0), {
    flag: '--proximal-mu',
    placeholder: 'X',
    group: 'Model and training',
    scope: 'experiment',
    description: 'FedProx: weight of the squared distance to the global model',
  }),
  batchSize: field(wholeNumber(1, 65_536).default(32), {
    flag: '--batch-size',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description: 'samples a training step',
  }),
  epochsPerRound: field(wholeNumber(1, 1000).default(1), {
    flag: '--epochs-per-round',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description: 'passes over the local data in one round',
  }),
  earlyStoppingPatience: field(wholeNumber(1, 1000).optional(), {
    flag: '--early-stopping-patience',
    placeholder: 'N',
    group: 'Model and training',
    scope: 'experiment',
    description:
      'local training ends after N epochs without a lower loss on a held-out tenth of the local data, and keeps the best epoch’s weights; off by default',
  }),
  engine: field(z.enum(['auto', 'onnx', 'tfjs']).default('auto'), {
    flag: '--engine',
    group: 'Model and training',
    scope: 'experiment',
    description: 'training engine; auto takes the fastest that works here: onnx, else tfjs',
  }),
  clients: field(wholeNumber(1, 10_000).default(10), {
    flag: '--clients',
    placeholder: 'N',
    group: 'Fleet',
    scope: 'experiment',
    description: 'MLaaS clients, each a process of its own',
  }),
  rounds: field(wholeNumber(1, 100_000).default(5), {
    flag: '--rounds',
    placeholder: 'N',
    group: 'Fleet',
    scope: 'experiment',
    description: 'federated rounds',
  }),
  clientDropoutRate: field(numeric(z.number().min(0).max(0.99)).default(0), {
    flag: '--client-dropout-rate',
    placeholder: 'P',
    group: 'Fleet',
    scope: 'experiment',
    description: 'probability that a chosen client is not available in a round (fail_reason client_dropout)',
  }),
  composition: field(
    z
      .string()
      .regex(/^(all|random:[1-9]\d*)$/, 'must be all or random:K')
      .default('all'),
    {
      flag: '--composition',
      placeholder: 'NAME',
      group: 'Fleet',
      scope: 'experiment',
      description: 'who takes part in a round: all, or random:K for K drawn clients',
    },
  ),
  aggregation: field(z.enum(aggregationNames).default('fedavg'), {
    flag: '--aggregation',
    group: 'Fleet',
    scope: 'experiment',
    description: 'how a round’s updates become the next global model',
  }),
  serverLearningRate: field(numeric(z.number().positive().max(100)).optional(), {
    flag: '--server-learning-rate',
    placeholder: 'X',
    group: 'Fleet',
    scope: 'experiment',
    description: 'fedavgm: default 1; fedadam, fedadagrad, fedyogi: default 0.01',
  }),
  serverMomentum: field(numeric(z.number().min(0).max(0.9999)).optional(), {
    flag: '--server-momentum',
    placeholder: 'X',
    group: 'Fleet',
    scope: 'experiment',
    description: 'fedavgm, fedadam, fedyogi: default 0.9',
  }),
  byzantineShare: field(numeric(z.number().min(0).max(0.49)).default(0.2), {
    flag: '--byzantine-share',
    placeholder: 'X',
    group: 'Fleet',
    scope: 'experiment',
    description: 'trimmedmean, krum, multikrum: share of updates that may be arbitrary',
  }),
  seed: field(wholeNumber(0, Number.MAX_SAFE_INTEGER).default(42), {
    flag: '--seed',
    placeholder: 'N',
    group: 'Fleet',
    scope: 'experiment',
    description: 'seed of every random stream; same seed, same weights and learning metrics',
  }),
  roundTimeoutS: field(seconds(1, 86_400).default(300), {
    flag: '--round-timeout',
    placeholder: 'S',
    group: 'Fleet',
    scope: 'experiment',
    description: 'seconds after which a round goes on without the missing updates',
  }),
  startTimeoutS: field(seconds(1, 86_400).default(120), {
    flag: '--start-timeout',
    placeholder: 'S',
    group: 'Fleet',
    scope: 'deployment',
    description: 'seconds to wait for the agents to connect before the first round',
  }),
  telemetryIntervalS: field(seconds(0.05, 3600).default(1), {
    flag: '--telemetry-interval',
    placeholder: 'S',
    group: 'Fleet',
    scope: 'experiment',
    description: 'seconds between two telemetry messages of an agent',
  }),
  localAgents: field(wholeNumber(0, 10_000).optional(), {
    flag: '--local-agents',
    placeholder: 'N',
    group: 'Fleet',
    scope: 'deployment',
    description: 'agents started here; the others join by hand with `mlaas agent`; default: all',
  }),
  broker: field(brokerUrl.optional(), {
    flag: '--broker',
    placeholder: 'URL',
    group: 'Services',
    scope: 'deployment',
    description: 'external MQTT broker, such as mqtt://host:1883; default: the embedded one',
  }),
  brokerHost: field(z.string().min(1).default('127.0.0.1'), {
    flag: '--broker-host',
    placeholder: 'ADDR',
    group: 'Services',
    scope: 'deployment',
    description: 'address that the embedded broker binds to; 0.0.0.0 lets other machines in',
  }),
  brokerPort: field(wholeNumber(0, 65_535).optional(), {
    flag: '--broker-port',
    placeholder: 'N',
    group: 'Services',
    scope: 'deployment',
    description: 'port of the embedded broker; default: 1883 or the first free one after it',
  }),
  db: field(postgresUrl.optional(), {
    flag: '--db',
    placeholder: 'URL',
    group: 'Services',
    scope: 'deployment',
    description: 'PostgreSQL or TimescaleDB, as postgres://…; default: the embedded store',
  }),
  storeDir: field(z.string().min(1).default('data/store'), {
    flag: '--store-dir',
    placeholder: 'DIR',
    group: 'Services',
    scope: 'deployment',
    description: 'folder of the embedded store',
  }),
  checkpointDir: field(z.string().min(1).default('data/checkpoints'), {
    flag: '--checkpoint-dir',
    placeholder: 'DIR',
    group: 'Services',
    scope: 'deployment',
    description:
      'where the global model of the last rounds is kept until the run has finished, for `mlaas resume`',
  }),
  saveWeights: field(z.boolean().default(true), {
    flag: '--no-save-weights',
    group: 'Services',
    scope: 'deployment',
    description: 'keep no checkpoints: a run that is stopped cannot be resumed',
  }),
  host: field(z.string().min(1).default('127.0.0.1'), {
    flag: '--host',
    placeholder: 'ADDR',
    group: 'Services',
    scope: 'deployment',
    description: 'address that the dashboard binds to',
  }),
  port: field(wholeNumber(0, 65_535).optional(), {
    flag: '--port',
    placeholder: 'N',
    group: 'Services',
    scope: 'deployment',
    description: 'port of the dashboard; default: 8080 for up, any free one for generate',
  }),
  name: field(z.string().regex(idPattern, 'letters, digits, - and _ only, at most 64').optional(), {
    flag: '--name',
    placeholder: 'NAME',
    group: 'Output',
    scope: 'deployment',
    description: 'name of the run and of its CSV; default: made from dataset, strategy and time',
  }),
  output: field(z.string().min(1).optional(), {
    flag: '--output',
    placeholder: 'FILE',
    group: 'Output',
    scope: 'deployment',
    description: 'CSV, one row a client and round; a bare name goes under outputs/runs/',
  }),
});

/** The validated, frozen configuration of one run. */
export type RunConfig = Readonly<z.output<typeof runConfigSchema>>;
export type RunConfigInput = z.input<typeof runConfigSchema>;

export interface ConfigField extends FieldMeta {
  readonly key: keyof RunConfig;
  /** JSON Schema of the accepted value: type, default, range, choices. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

/** All fields with flag, help, default and range, in the order of the schema. */
export function configFields(): readonly ConfigField[] {
  describedFields ??= Object.freeze(describeFields());
  return describedFields;
}

/** Made once, when first asked for: to describe the schema takes longer than to parse with it. */
let describedFields: readonly ConfigField[] | undefined;

function describeFields(): ConfigField[] {
  const json = z.toJSONSchema(runConfigSchema, { io: 'output', unrepresentable: 'any' });
  return Object.entries(json.properties ?? {}).map(([key, property]) => {
    const { flag, placeholder, group, scope, description, repeatable, ...jsonSchema } =
      property as FieldMeta & Record<string, unknown>;
    return {
      key: key as keyof RunConfig,
      flag,
      group,
      scope,
      description,
      ...(placeholder === undefined ? {} : { placeholder }),
      ...(repeatable === undefined ? {} : { repeatable }),
      jsonSchema,
    };
  });
}

/**
 * Validates raw values (from flags, a file or HTTP) and freezes the result.
 * @param nameOf what an error calls a field, such as its place in a file; undefined: its flag
 * @throws FleetError CONFIG_INVALID that names the flag, the value and what is allowed
 */
export function parseRunConfig(
  input: Readonly<Record<string, unknown>>,
  nameOf: (key: string) => string | undefined = () => undefined,
): RunConfig {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  // A task that only one family can learn.
  if (given.taskType === 'clustering') given.modelType ??= 'kmeans';
  const parsed = runConfigSchema.safeParse(given);
  if (!parsed.success) throw new FleetError('CONFIG_INVALID', describeIssues(parsed.error, given, nameOf));
  const config = resolvePartition(parsed.data);
  if (config.localAgents !== undefined && config.localAgents > config.clients) {
    throw new FleetError(
      'CONFIG_INVALID',
      `--local-agents ${config.localAgents}: must be at most --clients ${config.clients}`,
    );
  }
  const k = config.composition.startsWith('random:') ? Number(config.composition.slice(7)) : 0;
  if (k > config.clients) {
    throw new FleetError(
      'CONFIG_INVALID',
      `--composition ${config.composition}: K must be at most --clients ${config.clients}`,
    );
  }
  assertCompatible(config);
  assertKrumPossible(config, k === 0 ? config.clients : k);
  Object.freeze(config.hiddenLayers);
  Object.freeze(config.convFilters);
  Object.freeze(config.datasetArg);
  return Object.freeze(config);
}

/** Refuses settings that contradict each other. */
function assertCompatible({
  sampleSize,
  sampleFrac,
  modelType,
  aggregation,
  earlyStoppingPatience,
}: RunConfig): void {
  if (sampleSize !== undefined && sampleFrac !== undefined) {
    throw new FleetError(
      'CONFIG_INVALID',
      `--sample-frac ${sampleFrac}: contradicts --sample-size ${sampleSize}; give one of them`,
    );
  }
  const isNetwork = modelType !== 'random_forest' && modelType !== 'kmeans';
  if (!isNetwork && earlyStoppingPatience !== undefined) {
    throw new FleetError(
      'CONFIG_INVALID',
      `--early-stopping-patience ${earlyStoppingPatience}: ${modelType} has no epochs that could end early; leave it out`,
    );
  }
  if (!isNetwork && aggregation !== 'fedavg') {
    throw new FleetError(
      'CONFIG_INVALID',
      `--aggregation ${aggregation}: ${modelType} has an aggregation of its own; leave it out`,
    );
  }
}

/** Krum tolerates f arbitrary updates among at least 2 f + 3 (Blanchard et al. 2017). */
function assertKrumPossible({ aggregation, byzantineShare }: RunConfig, participants: number): void {
  if (aggregation !== 'krum' && aggregation !== 'multikrum') return;
  const byzantine = Math.floor(byzantineShare * participants);
  if (participants >= 2 * byzantine + 3) return;
  throw new FleetError(
    'CONFIG_INVALID',
    `--byzantine-share ${byzantineShare}: ${aggregation} needs ${2 * byzantine + 3} participants a round to stand ${byzantine} arbitrary ones, there are ${participants}`,
  );
}

function describeIssues(
  error: z.ZodError,
  given: Readonly<Record<string, unknown>>,
  nameOf: (key: string) => string | undefined,
): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'unknown';
  if (issue.path.length === 0) return issue.message;
  const key = String(issue.path[0]);
  const shape: Record<string, z.ZodType> = runConfigSchema.shape;
  const flag = nameOf(key) ?? (shape[key]?.meta() as FieldMeta | undefined)?.flag ?? key;
  const value = key in given ? ` ${JSON.stringify(given[key])}` : '';
  return `${flag}${value}: ${issue.message}`;
}

/** The fields that decide what a run computes. */
export function experimentOf(config: RunConfig): Record<string, unknown> {
  const shape: Record<string, z.ZodType> = runConfigSchema.shape;
  return Object.fromEntries(
    Object.entries(config).filter(
      ([key]) => (shape[key]?.meta() as FieldMeta | undefined)?.scope === 'experiment',
    ),
  );
}

/** SHA-256 of the experiment's fields: equal for runs that must give equal learning results. */
export function configHash(config: RunConfig): string {
  return sha256(canonicalJson(experimentOf(config)));
}
