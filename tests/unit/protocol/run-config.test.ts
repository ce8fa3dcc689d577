import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configFields, configHash, experimentOf, FleetError, parseRunConfig } from '#protocol';

/** The error that a configuration is refused with. */
function refusal(input: Record<string, unknown>): FleetError {
  try {
    parseRunConfig(input);
  } catch (cause) {
    if (cause instanceof FleetError) return cause;
    throw cause;
  }
  throw new Error(`accepted: ${JSON.stringify(input)}`);
}

describe('parseRunConfig', () => {
  it('fills in the defaults that are documented', () => {
    const config: Record<string, unknown> = parseRunConfig({});
    expect(config).toMatchObject({
      dataset: 'synthetic_digits',
      strategy: 'iid',
      hiddenLayers: [128, 64],
      clients: 10,
      rounds: 5,
      epochsPerRound: 1,
      optimizer: 'adam',
      composition: 'all',
      seed: 42,
    });
    for (const { key, jsonSchema } of configFields()) expect(config[key]).toEqual(jsonSchema.default);
  });

  it('takes text, as flags give it, like values', () => {
    const text = {
      clients: '20',
      learningRate: '1e-2',
      hiddenLayers: '32, 16',
      sampleSize: ' 500 ',
      seed: '0',
    };
    expect(parseRunConfig(text)).toMatchObject({
      clients: 20,
      learningRate: 0.01,
      hiddenLayers: [32, 16],
      sampleSize: 500,
      seed: 0,
    });
  });

  it('takes undefined for not given', () => {
    expect(parseRunConfig({ clients: undefined, name: undefined })).toEqual(parseRunConfig({}));
  });

  it('freezes all of it, and leaves the input alone', () => {
    const input = { hiddenLayers: [8] };
    const config = parseRunConfig(input);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.hiddenLayers)).toBe(true);
    expect(Object.isFrozen(parseRunConfig({}).hiddenLayers)).toBe(true);
    const { distribution } = parseRunConfig({
      ...{ strategy: 'custom', clients: 1, distribution: { client_1: { 0: 10 } } },
    });
    expect(Object.isFrozen(distribution?.client_1)).toBe(true);
    input.hiddenLayers.push(9);
    expect(config.hiddenLayers).toEqual([8]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['--clients', { clients: 0 }],
    ['--clients', { clients: 10_001 }],
    ['--clients', { clients: 2.5 }],
    ['--clients', { clients: 'ten' }],
    ['--clients', { clients: '10x' }],
    ['--clients', { clients: Number.NaN }],
    ['--seed', { seed: '' }],
    ['--seed', { seed: '  ' }],
    ['--seed', { seed: null }],
    ['--seed', { seed: true }],
    ['--seed', { seed: [] }],
    ['--seed', { seed: -1 }],
    ['--seed', { seed: 2 ** 53 }],
    ['--port', { port: '' }],
    ['--port', { port: 65_536 }],
    ['--broker-port', { brokerPort: -1 }],
    ['--rounds', { rounds: 0 }],
    ['--early-stopping-patience', { earlyStoppingPatience: 0 }],
    ['--early-stopping-patience', { earlyStoppingPatience: 1.5 }],
    ['--learning-rate', { learningRate: 0 }],
    ['--learning-rate', { learningRate: Number.POSITIVE_INFINITY }],
    ['--learning-rate', { learningRate: 'fast' }],
    ['--distribution-param', { strategy: 'dirichlet', distributionParam: 0 }],
    ['--hidden-layers', { hiddenLayers: '' }],
    ['--hidden-layers', { hiddenLayers: '128,,64' }],
    ['--hidden-layers', { hiddenLayers: [128, 0] }],
    ['--hidden-layers', { hiddenLayers: new Array(17).fill(8) }],
    ['--strategy', { strategy: 'random' }],
    ['--optimizer', { optimizer: 'Adam' }],
    ['--composition', { composition: 'random:0' }],
    ['--composition', { composition: 'random:' }],
    ['--composition', { composition: 'random:11' }],
    ['--composition', { composition: 'random:3', clients: 2 }],
    ['--local-agents', { localAgents: 11 }],
    ['--broker', { broker: 'http://localhost' }],
    ['--broker', { broker: 'localhost:1883' }],
    ['--db', { db: 'mysql://localhost/db' }],
    ['--name', { name: '../escape' }],
    ['--name', { name: 'a'.repeat(65) }],
    ['--name', { name: '' }],
    ['--output', { output: '' }],
    ['--telemetry-interval', { telemetryIntervalS: 0 }],
    ['--round-timeout', { roundTimeoutS: 0.5 }],
  ])('names %s when it refuses %j', (flag, input) => {
    const error = refusal(input);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
    expect(error.message.startsWith(`invalid configuration: ${flag} `)).toBe(true);
  });

  it('names a setting that does not exist', () => {
    expect(refusal({ clinets: 5 }).message).toBe('invalid configuration: Unrecognized key: "clinets"');
  });

  it('accepts or refuses anything with a registry error, and what it accepts it accepts again', () => {
    const keys = configFields().map(({ key }) => key);
    const value = fc.oneof(
      fc.string(),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.nat(300)),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 }), (input) => {
        try {
          const config = parseRunConfig(input);
          expect(parseRunConfig(config)).toEqual(config);
        } catch (cause) {
          expect(cause).toMatchObject({ code: 'CONFIG_INVALID' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('configFields', () => {
  const fields = configFields();

  it('gives every field a flag of its own, a group and a help text', () => {
    expect(new Set(fields.map(({ flag }) => flag)).size).toBe(fields.length);
    for (const { flag, description, jsonSchema } of fields) {
      expect(flag).toMatch(/^--[a-z]+(-[a-z]+)*$/);
      expect(description).not.toBe('');
      expect(jsonSchema.type ?? jsonSchema.enum).toBeDefined();
    }
  });

  it('tells default and range', () => {
    expect(fields.find(({ key }) => key === 'clients')?.jsonSchema).toMatchObject({
      type: 'integer',
      default: 10,
      minimum: 1,
      maximum: 10_000,
    });
    expect(fields.find(({ key }) => key === 'strategy')?.jsonSchema).toMatchObject({
      enum: expect.arrayContaining(['iid']),
    });
  });
});

describe('configHash', () => {
  const base = parseRunConfig({});

  it('depends on the experiment only', () => {
    const elsewhere = {
      dataDir: '/x',
      cacheDir: '/y',
      startTimeoutS: 5,
      localAgents: 3,
      brokerHost: '0.0.0.0',
      brokerPort: 1999,
      db: 'postgres://u@h/d',
      storeDir: '/z',
      checkpointDir: '/c',
      saveWeights: false,
      host: '0.0.0.0',
      port: 1,
      name: 'n',
      output: 'o.csv',
    };
    const deployment = configFields().filter(({ scope }) => scope === 'deployment');
    const broker = 'mqtt://10.0.0.1:1883';
    expect(Object.keys({ ...elsewhere, broker }).sort()).toEqual(deployment.map(({ key }) => key).sort());
    expect(configHash(parseRunConfig(elsewhere))).toBe(configHash(base));
    expect(configHash(parseRunConfig({ broker }))).toBe(configHash(base));
    expect(Object.keys(experimentOf(base))).not.toContain('storeDir');
  });

  it('does not depend on the order or the form in which values are given', () => {
    const one = parseRunConfig({ clients: 7, seed: 3, hiddenLayers: [8, 4] });
    const other = parseRunConfig({ hiddenLayers: '8,4', seed: '3', clients: '7' });
    expect(configHash(other)).toBe(configHash(one));
    expect(configHash(Object.fromEntries(Object.entries(one).reverse()) as typeof one)).toBe(configHash(one));
  });

  it.each([
    { dataset: 'mnist' },
    { sampleSize: 100 },
    { strategy: 'dirichlet' },
    { strategy: 'dirichlet', distributionParam: 0.3 },
    { hiddenLayers: [64, 128] },
    { modelType: 'cnn', convFilters: [32, 64] },
    { optimizer: 'sgd' },
    { learningRate: 0.002 },
    { batchSize: 16 },
    { epochsPerRound: 2 },
    { earlyStoppingPatience: 3 },
    { engine: 'tfjs' },
    { clients: 11 },
    { rounds: 6 },
    { composition: 'random:3' },
    { seed: 43 },
    { roundTimeoutS: 301 },
    { telemetryIntervalS: 2 },
  ])('changes with %j', (change) => {
    expect(configHash(parseRunConfig(change))).not.toBe(configHash(base));
  });
});

describe('Krum', () => {
  it('is refused where its bound 2 f + 3 does not hold for the participants of a round', () => {
    const krum = { aggregation: 'krum', clients: 20 };
    expect(parseRunConfig({ ...krum, byzantineShare: 0.4 }).aggregation).toBe('krum');
    expect(() => parseRunConfig({ ...krum, byzantineShare: 0.45 })).toThrow(/--byzantine-share 0.45.*21/);
    expect(() => parseRunConfig({ ...krum, composition: 'random:2' })).toThrow(/needs 3 participants/);
  });
});

describe('other spellings', () => {
  it.each([
    ['CNN', 'cnn'],
    ['MLP', 'mlp'],
    ['LogReg', 'logreg'],
    ['MobileNetV2', 'mobilenet'],
    ['lin_reg', 'linreg'],
  ])('takes the model type %s for %s', (given, known) => {
    expect(parseRunConfig({ modelType: given }).modelType).toBe(known);
  });

  it('says in words what a number must be', () => {
    expect(() => parseRunConfig({ clients: 'ten' })).toThrow('--clients "ten": must be a number');
    expect(() => parseRunConfig({ clients: '2.5' })).toThrow('--clients "2.5": must be a whole number');
  });

  it('refuses an unknown model type, naming the known ones', () => {
    expect(() => parseRunConfig({ modelType: 'ResNet' })).toThrow(/--model-type "ResNet": .*"mlp"\|"logreg"/);
  });

  it('takes KEY=VALUE texts, one or several, and objects', () => {
    const args = { scaler: 'none', test_size: '0.3' };
    expect(parseRunConfig({ datasetArg: ['scaler=none', 'test_size=0.3'] }).datasetArg).toEqual(args);
    expect(parseRunConfig({ datasetArg: { scaler: 'none', test_size: 0.3 } }).datasetArg).toEqual(args);
    expect(parseRunConfig({ datasetArg: 'target=a=b' }).datasetArg).toEqual({ target: 'a=b' });
    expect(() => parseRunConfig({ datasetArg: 'scaler' })).toThrow(
      /--dataset-arg "scaler": must be KEY=VALUE/,
    );
  });
});

describe('settings that contradict each other', () => {
  it.each([
    [{ sampleSize: 10, sampleFrac: 0.5 }, /--sample-frac 0.5: contradicts --sample-size 10/],
    [
      { broker: 'mqtt://me:secret@host:1883', brokerPort: 1999 },
      /--broker-port 1999: contradicts --broker mqtt:\/\/host:1883/,
    ],
    [{ strategy: 'concept_drift', rounds: 4, driftRound: 9 }, /--drift-round 9: must be at most --rounds 4/],
  ])('%o is refused', (config, message) => {
    expect(() => parseRunConfig(config)).toThrow(message);
  });
});

describe('settings that the others do not read', () => {
  it.each([
    [
      { modelType: 'RandomForest', aggregation: 'median' },
      /--aggregation median: .* --model-type random_forest/,
    ],
    [{ modelType: 'KMeans', aggregation: 'krum' }, /--aggregation krum: .* --model-type kmeans/],
    [
      { modelType: 'kmeans', earlyStoppingPatience: 2 },
      /--early-stopping-patience 2: .* --model-type kmeans/,
    ],
    [{ momentum: 0.5 }, /--momentum 0.5: .* --optimizer adam; leave it out, or take --optimizer sgd/],
    [{ serverLearningRate: 0.5 }, /--server-learning-rate 0.5: .* --aggregation fedavg;/],
    [{ maxDepth: 3 }, /--max-depth 3: .* --model-type mlp; .* --model-type random_forest/],
    [{ modelType: 'kmeans', proximalMu: 1 }, /--proximal-mu 1: has no effect with --model-type kmeans/],
    [{ modelType: 'cnn', dropout: 0.5 }, /--dropout 0.5: has no effect with --model-type cnn/],
    [{ convFilters: [8, 8] }, /--conv-filters 8,8: has no effect with --model-type mlp/],
    [{ modelType: 'logreg', hiddenLayers: [8] }, /--hidden-layers 8: has no effect with --model-type logreg/],
    [{ modelType: 'random_forest', learningRate: 1 }, /--learning-rate 1: has no effect/],
    [
      { modelType: 'kmeans', strategy: 'concept_drift' },
      /concept_drift: permutes labels; --model-type kmeans/,
    ],
  ])('%o is refused', (config, message) => {
    expect(() => parseRunConfig(config)).toThrow(message);
  });

  it('may be given as they are by default, and where they are read', () => {
    const config = parseRunConfig({ momentum: 0, dropout: '0', convFilters: '16,32', byzantineShare: 0.2 });
    expect(configHash(config)).toBe(configHash(parseRunConfig({})));
    expect(parseRunConfig({ optimizer: 'sgd', momentum: 0.9, dropout: 0.2 }).momentum).toBe(0.9);
  });
});
