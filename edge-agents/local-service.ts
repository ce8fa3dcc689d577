import {
  type ClientData,
  clientData,
  createModel,
  createTrainer,
  type Dataset,
  type OptimizerSpec,
  openDataset,
  partition,
  type Samples,
  shareHash,
  strata,
  type Trainer,
  updateNorm,
} from '#learning';
import {
  configHash,
  FleetError,
  parseRunConfig,
  type RunAnnouncement,
  type RunConfig,
  randomStream,
} from '#protocol';

export interface DataLocation {
  readonly dataDir?: string | undefined;
  readonly cacheDir?: string | undefined;
}

/** What one round of local work yields. Times are measured on this machine. */
export interface LocalWork {
  readonly weights: Float32Array;
  /** Samples trained on; under a drift fewer than the share has. */
  readonly samples: number;
  readonly steps: number;
  readonly trainLoss: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly updateNorm: number;
  readonly computeTimeS: number;
  readonly evaluateTimeS: number;
}

/**
 * What an agent knows and can do once it has heard the run's configuration: its own share of the
 * training data, the test set, and a trainer. It knows nothing of MQTT.
 */
export class LocalService {
  readonly #client: number;
  readonly #config: RunConfig;
  readonly #trainer: Trainer;
  readonly #train: ClientData;
  readonly #test: Samples;
  readonly shareSha256: string;

  private constructor(
    client: number,
    config: RunConfig,
    trainer: Trainer,
    data: { train: ClientData; test: Samples; shareSha256: string },
  ) {
    this.#client = client;
    this.#config = config;
    this.#trainer = trainer;
    this.#train = data.train;
    this.#test = data.test;
    this.shareSha256 = data.shareSha256;
  }

  /**
   * Derives the client's share from the announced configuration and loads only that.
   * @throws FleetError AGENT_REFUSED when the configuration does not hash to what was announced
   */
  static async open(client: number, run: RunAnnouncement, location: DataLocation): Promise<LocalService> {
    const config = parseRunConfig(run.experiment);
    if (configHash(config) !== run.configSha256) {
      throw new FleetError(
        'AGENT_REFUSED',
        'this version of mlaas-fleet reads the configuration differently',
      );
    }
    if (client >= config.clients) {
      throw new FleetError('AGENT_REFUSED', `client ${client} of a run with ${config.clients} clients`);
    }
    const dataset = await openDataset(config.dataset, { ...location, datasetArg: config.datasetArg });
    try {
      const [data, trainer] = await Promise.all([
        loadShare(dataset, config, client),
        createTrainer(createModel(dataset.info, config), config.engine),
      ]);
      return new LocalService(client, config, trainer, data);
    } finally {
      await dataset.close();
    }
  }

  get engine(): string {
    const { name, version } = this.#trainer.engine;
    return `${name} ${version}`;
  }

  get samples(): number {
    return this.#train.count;
  }

  get telemetryIntervalS(): number {
    return this.#config.telemetryIntervalS;
  }

  get parameterCount(): number {
    return this.#trainer.layout.parameterCount;
  }

  /** Trains from the global weights on the local share, then evaluates on the whole test set. */
  async work(round: number, globalWeights: Float32Array, signal: AbortSignal): Promise<LocalWork> {
    const { epochsPerRound, batchSize, learningRate, seed } = this.#config;
    const { weightDecay, clipNorm, proximalMu } = this.#config;
    const started = performance.now();
    const trained = await this.#trainer.train(globalWeights, this.#train.inRound(round), {
      epochs: epochsPerRound,
      batchSize,
      learningRate,
      optimizer: optimizerOf(this.#config),
      weightDecay,
      clipNorm,
      proximalMu,
      dropout: randomStream(seed, 'dropout', this.#client, round),
      shuffle: randomStream(seed, 'shuffle', this.#client, round),
      signal,
    });
    const computeTimeS = (performance.now() - started) / 1000;
    const evaluationStarted = performance.now();
    const evaluation = await this.#trainer.evaluate(trained.weights, this.#test);
    return {
      weights: trained.weights,
      samples: trained.samples,
      steps: trained.steps,
      trainLoss: trained.loss,
      loss: evaluation.loss,
      accuracy: evaluation.accuracy,
      updateNorm: updateNorm(trained.weights, globalWeights),
      computeTimeS,
      evaluateTimeS: (performance.now() - evaluationStarted) / 1000,
    };
  }

  dispose(): void {
    this.#trainer.dispose();
  }
}

function optimizerOf({ optimizer, momentum }: RunConfig): OptimizerSpec {
  return optimizer === 'sgd' ? { kind: 'sgd', momentum } : { kind: optimizer };
}

async function loadShare(
  dataset: Dataset,
  config: RunConfig,
  client: number,
): Promise<{ train: ClientData; test: Samples; shareSha256: string }> {
  const shares = partition(strata(dataset, config.distributionBins), config);
  const share = shares[client];
  if (share === undefined) throw new FleetError('AGENT_REFUSED', `no share for client ${client}`);
  const [train, test] = await Promise.all([dataset.readTrain(share), dataset.readTest()]);
  return {
    train: clientData(train, dataset.info.classes, client, config),
    test,
    shareSha256: shareHash(share, dataset.contentSha256),
  };
}
