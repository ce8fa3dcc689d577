import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AggregatorLink, Evaluator, Federation, type FederationResult } from '#aggregator';
import { agentToken, startBroker } from '#broker';
import { createComposition } from '#composition';
import { startDashboard } from '#dashboard';
import { createAggregation, createModel, initWeights, weightLayout } from '#learning';
import {
  agentId,
  configHash,
  experimentOf,
  FleetError,
  type RunConfig,
  RunEventStream,
  type RunStatus,
  randomStream,
  toFleetError,
  withoutCredentials,
} from '#protocol';
import { clientRoundsCsv, openStore, Recorder, type Store } from '#store';
import { AgentMemory } from './agent-memory.js';
import type { Cleanup } from './cleanup.js';
import { assertWritable, outputPath, writeLines } from './output-file.js';
import { packageVersion } from './package-version.js';
import { Progress } from './progress.js';
import { prepareRunData, type RunData } from './run-data.js';
import { createRunId, defaultRunName, runParams } from './run-identity.js';
import { createSummary, type RunSummary } from './run-summary.js';
import { Supervisor } from './supervisor.js';

export interface LaunchOptions {
  readonly config: RunConfig;
  /** Port of the page where the user names none; 0 takes any free one. */
  readonly defaultPort: number;
  /** What must be undone at the end; the caller runs it, when it no longer needs the page. */
  readonly cleanup: Cleanup;
  /** Aborts the run; parts that fail on their own abort it too. */
  readonly controller: AbortController;
}

/** Seconds that a run waits for a broker that went away. */
const brokerPatienceS = 15;
/** How long the end of a run waits for the broker to take its last messages. */
const goodbyePatienceMs = 2000;

interface Run {
  readonly id: string;
  readonly config: RunConfig;
  readonly output: string;
  readonly data: RunData;
  readonly events: RunEventStream;
  readonly progress: Progress;
  readonly memory: AgentMemory;
  readonly store: Store;
  readonly recorder: Recorder;
  readonly evaluator: Evaluator;
  readonly cleanup: Cleanup;
  readonly controller: AbortController;
}

/**
 * Launches a whole run in this process and its children: data, store, page, broker, agents,
 * rounds, CSV. Whatever fails, what was finished is stored and the run's status says how it ended.
 */
export async function launch(options: LaunchOptions): Promise<RunSummary> {
  const started = performance.now();
  const run = await prepare(options);
  const { config, events, progress, recorder, store } = run;
  await openPage(run, options.defaultPort);
  events.publish(runStarted(run));
  let result: FederationResult;
  try {
    result = await federate(run);
  } catch (cause) {
    const error = toFleetError(cause);
    await finish(run, error.code === 'INTERRUPTED' ? 'interrupted' : 'failed', error.message);
    throw error;
  }
  await finish(run, 'finished');
  progress.end();
  await writeLines(run.output, clientRoundsCsv(store, run.id));
  progress.note(`wrote ${run.output}`);
  return createSummary({
    runId: run.id,
    config,
    result,
    counts: recorder.counts(),
    durationS: (performance.now() - started) / 1000,
    output: run.output,
    memory: run.memory.summary(),
  });
}

async function prepare({ config, cleanup, controller }: LaunchOptions): Promise<Run> {
  const id = createRunId(new Date());
  const name = config.name ?? defaultRunName(config, id);
  const output = outputPath(config.output, name);
  await assertWritable(output);
  const events = new RunEventStream();
  const progress = new Progress(events, config.rounds);
  cleanup.add('progress', () => progress.end());
  const { signal } = controller;
  const data = await prepareRunData(config, (text) => progress.note(text));
  signal.throwIfAborted();
  const store = await openStore(config);
  cleanup.add('store', () => store.close());
  signal.throwIfAborted();
  const evaluator = await Evaluator.start({ ...config, dataDir: config.dataDir, cacheDir: config.cacheDir });
  cleanup.add('evaluator', () => evaluator.close());
  signal.throwIfAborted();
  const recorder = new Recorder(store, events, (error) => controller.abort(error));
  cleanup.add('recorder', () => recorder.close());
  const memory = new AgentMemory();
  events.subscribe((event) => memory.observe(event));
  progress.note(
    `run ${id}: ${config.clients} clients, ${config.dataset}, ${config.strategy}; store ${store.location}`,
  );
  return {
    id,
    config: Object.freeze({ ...config, name, engine: resolvedEngine(evaluator.engine.name) }),
    output,
    data,
    events,
    progress,
    memory,
    store,
    recorder,
    evaluator,
    cleanup,
    controller,
  };
}

/**
 * `auto` is settled once, here: every agent then uses the same engine or says that it cannot. Two
 * engines give different last bits.
 */
function resolvedEngine(name: string): RunConfig['engine'] {
  return name === 'onnx' ? 'onnx' : 'tfjs';
}

async function openPage(
  { config, events, store, cleanup, progress }: Run,
  defaultPort: number,
): Promise<void> {
  const { host, port = defaultPort } = config;
  const dashboard = await startDashboard({ host, port, events, store });
  cleanup.add('dashboard', () => dashboard.close());
  await store.advertise(dashboard.url);
  progress.note(`page ${dashboard.url}`);
}

function runStarted({ id, config, data, evaluator }: Run) {
  const layout = weightLayout(createModel(data.info, config));
  return {
    type: 'run-started' as const,
    ts: Date.now(),
    runId: id,
    config,
    configSha256: configHash(config),
    codeVersion: packageVersion(),
    params: runParams(
      config.modelType,
      `${evaluator.engine.name} ${evaluator.engine.version}`,
      layout.parameterCount,
    ),
    clients: data.shares,
  };
}

/** Broker, agents and rounds; ends the agents and the broker again, however it ends. */
async function federate(run: Run): Promise<FederationResult> {
  const { id, config, data, events, progress, controller, recorder, store, evaluator } = run;
  const secret = randomBytes(32).toString('hex');
  const broker = await openBroker(run, secret);
  const link = await AggregatorLink.connect({
    broker,
    run: id,
    password: config.broker === undefined ? agentToken(secret, 'aggregator') : undefined,
    clients: config.clients,
    patienceS: brokerPatienceS,
  });
  run.cleanup.add('aggregator link', () => link.close());
  const spec = createModel(data.info, config);
  const composition = createComposition(config.composition, config.seed);
  const federation = new Federation({
    config,
    shares: data.shares,
    initialWeights: initWeights(spec, randomStream(config.seed, 'init')),
    composition,
    aggregation: createAggregation(config.aggregation, {
      ...config,
      participants: composition.participants(config.clients),
    }),
    events,
    link,
    evaluate: (weights) => evaluator.evaluate(weights),
    checkpoint: async () => {
      await recorder.flush();
      await store.checkpoint();
    },
    signal: controller.signal,
  });
  await link.listen({
    status: (client, status) => federation.onStatus(client, status),
    telemetry: (client, { boot, seq, sentAt, body }) =>
      events.publish({ type: 'telemetry', ts: Date.now(), sentAt, client, boot, seq, body }),
    updateChunk: (client, chunk) => federation.onUpdateChunk(client, chunk),
    result: (client, result) => federation.onResult(client, result),
    dropped: (agent, cause) => warn(events, 'MESSAGE_DROPPED', `message of ${agent} dropped: ${cause}`),
    broken: (error) => controller.abort(error),
  });
  if (config.broker !== undefined) countTraffic(run, link);
  await link.announce({ runId: id, configSha256: configHash(config), experiment: experimentOf(config) });
  const supervisor = superviseAgents(run, broker, secret, federation);
  supervisor.start();
  progress.note(`broker ${withoutCredentials(broker)}`);
  try {
    return await federation.run();
  } finally {
    // The broker may go away at any moment: what it does not take in time must not hold up the end.
    await atMost(goodbyePatienceMs, link.stopAgents('the run is over'));
    await supervisor.stop();
    await atMost(goodbyePatienceMs, link.clearRetained());
  }
}

async function atMost(patienceMs: number, work: Promise<void>): Promise<void> {
  await Promise.race([work.catch(() => {}), delay(patienceMs, undefined, { ref: false })]);
}

async function openBroker({ id, config, events, cleanup, controller }: Run, secret: string): Promise<string> {
  if (config.broker !== undefined) return config.broker;
  const broker = await startBroker({
    host: config.brokerHost,
    port: config.brokerPort,
    runId: id,
    secret,
    onCounters: (counters) => events.publish({ type: 'broker', ts: Date.now(), counters }),
    onError: (error) => controller.abort(new FleetError('BROKER_LOST', error.message, { cause: error })),
  });
  cleanup.add('broker', () => broker.close());
  return broker.url;
}

/** An external broker counts for itself; what we see is the aggregator's share of its traffic. */
function countTraffic({ events, cleanup }: Run, link: AggregatorLink): void {
  const timer = setInterval(() => {
    events.publish({ type: 'broker', ts: Date.now(), counters: link.counters() });
  }, 1000);
  cleanup.add('traffic counter', () => clearInterval(timer));
}

function superviseAgents(run: Run, broker: string, secret: string, federation: Federation): Supervisor {
  const { id, config, events, progress, cleanup } = run;
  const token = (client: number): Record<string, string> =>
    config.broker === undefined ? { MLAAS_AGENT_TOKEN: agentToken(secret, agentId(client)) } : {};
  const local = config.localAgents ?? config.clients;
  const logDir = resolve('outputs', 'logs', id);
  const supervisor = new Supervisor({
    clients: Array.from({ length: local }, (_, client) => client),
    agentArguments: [
      ...['--run', id],
      ...(config.dataDir === undefined ? [] : ['--data-dir', config.dataDir]),
      ...(config.cacheDir === undefined ? [] : ['--cache-dir', config.cacheDir]),
    ],
    environment: (client) => ({ MLAAS_BROKER: broker, ...token(client) }),
    logDir,
    onRestart: (client, exit) =>
      warn(events, 'AGENT_RESTARTED', `${agentId(client)} ended (${exit}) and is started again`, client),
    onGivenUp: (client, exit) => {
      const log = join(logDir, `${agentId(client)}.log`);
      warn(events, 'AGENT_GIVEN_UP', `${agentId(client)} ended (${exit}); its log: ${log}`, client);
      federation.onGivenUp(client);
    },
  });
  cleanup.add('agents', () => supervisor.stop());
  for (let client = local; client < config.clients; client++) {
    const [[name, value] = ['', '']] = Object.entries(token(client));
    const prefix = name ? `${name}=${value} ` : '';
    progress.note(`waiting for: ${prefix}mlaas agent --broker ${broker} --run ${id} --id ${agentId(client)}`);
  }
  return supervisor;
}

/** Says how the run ended and makes everything durable. */
async function finish({ events, recorder, store }: Run, status: RunStatus, reason?: string): Promise<void> {
  events.publish({ type: 'run-finished', ts: Date.now(), status, reason });
  try {
    await recorder.flush();
    await store.checkpoint();
  } catch (cause) {
    // A run that failed because of its store cannot store that; the first error is the one to show.
    if (status === 'finished') throw cause;
  }
}

function warn(events: RunEventStream, code: string, message: string, client?: number): void {
  events.publish({ type: 'log', ts: Date.now(), level: 'warn', code, message, client });
}
