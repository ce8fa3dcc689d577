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
  type StepOptions,
  selectSamples,
  shareHash,
  strata,
  type Trainer,
  type TrainOutcome,
  trainWithEarlyStopping,
  updateSignature,
} from '#learning';
import {
  configHash,
  FleetError,
  type InferenceFigures,
  parseRunConfig,
  type RandomStream,
  type RunAnnouncement,
  type RunConfig,
  randomStream,
  type TrainingMetrics,
  weightsToBytes,
} from '#protocol';
import { probeLatency } from './inference-probe.js';

/** Where an agent takes its data and its trainer from. */
export interface ServiceSources {
  readonly dataDir?: string | undefined;
  readonly cacheDir?: string | undefined;
  /** In place of the dataset of that name on this machine. */
  readonly openDataset?: typeof openDataset | undefined;
  /** In place of an engine of this machine. */
  readonly createTrainer?: typeof createTrainer | undefined;
}

/** What one round of local work yields. Times are measured on this machine. */
export interface LocalWork {
  readonly weights: Float32Array;
  readonly metrics: Pick<
    TrainingMetrics,
    | 'samples'
    | 'steps'
    | 'epochs'
    | 'trainLoss'
    | 'trainBefore'
    | 'trainAfter'
    | 'test'
    | 'updateNorm'
    | 'updateSignature'
    | 'inference'
    | 'computeTimeS'
    | 'evaluateTimeS'
  >;
}

/**
 * Samples of a share, at most, that its quality before and after training is measured on: it then costs
 * little beside the training, and the error of an accuracy is about 1.5 points.
 */
const maxTrainEvaluation = 1024;

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
  static async open(client: number, run: RunAnnouncement, sources: ServiceSources): Promise<LocalService> {
    const { dataDir, cacheDir } = sources;
    const { openDataset: open = openDataset, createTrainer: makeTrainer = createTrainer } = sources;
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
    const dataset = await open(config.dataset, { dataDir, cacheDir, datasetArg: config.datasetArg });
    try {
      const [data, trainer] = await Promise.all([
        loadShare(dataset, config, client),
        makeTrainer(createModel(dataset.info, config), config.engine),
      ]);
      const service = new LocalService(client, config, trainer, data);
      await service.#prepare();
      return service;
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

  /** So that the first round's times are those of its work, as the others' are. */
  async #prepare(): Promise<void> {
    if (this.samples === 0) return;
    // What goes wrong here goes wrong again in the round, which tells why it failed.
    await this.#trainer.prepare?.(this.#train.inRound(1), stepOptions(this.#config)).catch(() => {});
  }

  /** Trains from the global weights on the local share, then evaluates on the whole test set. */
  async work(round: number, globalWeights: Float32Array, signal: AbortSignal): Promise<LocalWork> {
    const { seed } = this.#config;
    const train = this.#train.inRound(round);
    const subset = subsetOf(train, randomStream(seed, 'train-evaluation', this.#client, round));
    const trainBefore = await this.#trainer.evaluate(globalWeights, subset);
    const started = performance.now();
    const trained = await this.#fit(round, globalWeights, train, signal);
    const computeTimeS = (performance.now() - started) / 1000;
    const evaluationStarted = performance.now();
    const test = await this.#trainer.evaluate(trained.weights, this.#test);
    const evaluateTimeS = (performance.now() - evaluationStarted) / 1000;
    const trainAfter = await this.#trainer.evaluate(trained.weights, subset);
    const compared = this.#trainer.comparable
      ? this.#trainer.comparable(globalWeights, trained.weights)
      : { start: globalWeights, trained: trained.weights };
    const update = compared && updateSignature(compared.trained, compared.start, seed);
    return {
      weights: trained.weights,
      metrics: {
        samples: trained.samples,
        steps: trained.steps,
        epochs: trained.epochs,
        trainLoss: trained.loss,
        trainBefore,
        trainAfter,
        test,
        ...(update && { updateNorm: update.norm, updateSignature: weightsToBytes(update.sketch) }),
        inference: {
          ...(await this.#probe(trained.weights)),
          throughput: this.#test.count / evaluateTimeS,
        },
        computeTimeS,
        evaluateTimeS,
      },
    };
  }

  /** The training alone, with early stopping where the run has it. */
  #fit(
    round: number,
    globalWeights: Float32Array,
    train: Samples,
    signal: AbortSignal,
  ): Promise<TrainOutcome> {
    const { epochsPerRound, learningRate, seed, earlyStoppingPatience } = this.#config;
    const options = {
      ...stepOptions(this.#config),
      epochs: epochsPerRound,
      learningRate,
      dropout: randomStream(seed, 'dropout', this.#client, round),
      shuffle: randomStream(seed, 'shuffle', this.#client, round),
      signal,
    };
    if (earlyStoppingPatience === undefined) return this.#trainer.train(globalWeights, train, options);
    return trainWithEarlyStopping(this.#trainer, globalWeights, train, options, {
      patience: earlyStoppingPatience,
      // One draw for all rounds: a share that stays the same is always divided alike.
      holdOut: randomStream(seed, 'held-out', this.#client),
    });
  }

  async #probe(weights: Float32Array): Promise<Omit<InferenceFigures, 'throughput'>> {
    const service = await this.#trainer.serve(weights, this.#test);
    try {
      return await probeLatency(service, this.#test);
    } finally {
      service.close();
    }
  }
}

/** A share, or some samples of a large one. */
function subsetOf(samples: Samples, stream: RandomStream): Samples {
  if (samples.count <= maxTrainEvaluation) return samples;
  const order = stream.shuffle(Uint32Array.from({ length: samples.count }, (_, i) => i));
  return selectSamples(samples, order.subarray(0, maxTrainEvaluation));
}

function stepOptions(config: RunConfig): StepOptions {
  const { batchSize, weightDecay, clipNorm, proximalMu } = config;
  return { batchSize, optimizer: optimizerOf(config), weightDecay, clipNorm, proximalMu };
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
