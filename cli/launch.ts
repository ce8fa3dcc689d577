import { CheckpointFolder, Evaluator, type FederationResult } from '#aggregator';
import { createModel, parameterCount, runTask } from '#learning';
import { configHash, type RunConfig, RunEventStream, type RunStatus, toFleetError } from '#protocol';
import { clientRoundsCsv, Recorder, type Store } from '#store';
import { AgentMemory } from './agent-memory.js';
import type { Cleanup } from './cleanup.js';
import { csvHint } from './csv-hint.js';
import { federate } from './federate.js';
import { assertWritable, outputPath, writeChunks } from './output-file.js';
import { packageVersion } from './package-version.js';
import { Progress, type RunProgress } from './progress.js';
import { resumeHint } from './resume-hint.js';
import { checkpointFolder, type ResumePoint } from './resume-point.js';
import type { Run } from './run.js';
import { openRunBroker } from './run-broker.js';
import { RunControl } from './run-control.js';
import { divideRunData, prepareRunData } from './run-data.js';
import { createRunId, defaultRunName, runParams } from './run-identity.js';
import { createSummary, type RunSummary } from './run-summary.js';

export interface LaunchOptions {
  readonly config: RunConfig;
  /** Whether the dataset was verified just before, by whoever checked a plan of runs. */
  readonly dataIsReady?: boolean;
  /** An open store, or one that is being opened meanwhile; the caller closes it. */
  readonly store: Store | Promise<Store>;
  /** Who shows how the run goes; by default it is told on stderr. */
  readonly createProgress?: (events: RunEventStream, rounds: number) => RunProgress;
  /** Told when all is ready, before the run's first event. */
  readonly onPrepared?: (run: Run) => void;
  /** What must be undone at the end; the caller runs it. */
  readonly cleanup: Cleanup;
  /** Aborts the run; parts that fail on their own abort it too. */
  readonly controller: AbortController;
  /** Goes on with a stored run instead of making a new one; the caller has claimed it. */
  readonly resume?: ResumePoint | undefined;
}

/**
 * Launches a whole run in this process and its children: data, broker, agents, rounds, CSV. Whatever fails, what was finished is stored and the run's status says how it ended.
 */
export async function launch(options: LaunchOptions): Promise<RunSummary> {
  const started = performance.now();
  const run = await prepare(options);
  const { config, events, progress, recorder, store } = run;
  options.onPrepared?.(run);
  events.publish(runStarted(run));
  // Known to the store already; the page shows them.
  for (const round of run.resume?.rounds ?? []) events.publish(round);
  let result: FederationResult;
  try {
    result = await federate(run);
  } catch (cause) {
    const error = toFleetError(cause);
    await finish(run, error.code === 'INTERRUPTED' ? 'interrupted' : 'failed', error.message);
    progress.note(resumeHint(run.id, config));
    throw error;
  }
  await finish(run, 'finished');
  progress.end();
  try {
    await store.settle();
    await writeChunks(run.output, clientRoundsCsv(store, run.id));
  } catch (cause) {
    progress.note(csvHint(run.id, run.output, config));
    throw cause;
  }
  progress.note(`wrote ${run.output}`);
  // Last: until then they are all that another attempt could begin from.
  run.checkpoints.remove();
  return createSummary({
    runId: run.id,
    config,
    result,
    rows: config.clients * result.rounds,
    counts: recorder.counts(),
    durationS: (performance.now() - started) / 1000,
    output: run.output,
    memory: run.memory.summary(),
  });
}

async function prepare(options: LaunchOptions): Promise<Run> {
  const { config, cleanup, controller, resume, createProgress } = options;
  const opening = Promise.resolve(options.store);
  // Without store or broker a run need not wait for its data.
  const abort = (error: unknown): void => controller.abort(error);
  opening.catch(abort);
  const id = resume?.runId ?? createRunId(new Date());
  const name = config.name ?? defaultRunName(config, id);
  const output = outputPath(config.output, name);
  await assertWritable(output);
  const events = new RunEventStream();
  const progress = createProgress?.(events, config.rounds) ?? new Progress(events, config.rounds);
  cleanup.add('progress', () => progress.end());
  const { signal } = controller;
  const startingBroker = openRunBroker({ id, config, events, controller });
  startingBroker.catch(abort);
  cleanup.add('broker', () =>
    startingBroker.then(
      (broker) => broker.close(),
      () => {},
    ),
  );
  const data = options.dataIsReady
    ? await divideRunData(config)
    : await prepareRunData(config, (text) => progress.note(text), signal);
  signal.throwIfAborted();
  const evaluator = await Evaluator.start({ ...config, dataDir: config.dataDir, cacheDir: config.cacheDir });
  cleanup.add('evaluator', () => evaluator.close());
  signal.throwIfAborted();
  const [store, broker] = await Promise.all([opening, startingBroker]);
  signal.throwIfAborted();
  if (resume === undefined) {
    const claim = await store.claimRun(id);
    cleanup.add('claim', () => claim.release());
  }
  const recorder = new Recorder(store, events, abort, {
    firstEventSeq: resume?.nextEventSeq ?? 0,
  });
  cleanup.add('recorder', () => recorder.close());
  const memory = new AgentMemory();
  events.subscribe((event) => memory.observe(event));
  const resumed = resume === undefined ? '' : `, resumed after round ${resume.rounds.length}`;
  progress.note(
    `run ${id}${resumed}: ${config.clients} clients, ${config.dataset}, ${config.strategy}; store ${store.location}`,
  );
  return {
    id,
    config: Object.freeze({
      ...config,
      name,
      taskType: runTask(data.info, config),
      engine: resolvedEngine(evaluator.engine.name),
    }),
    output,
    data,
    events,
    progress,
    memory,
    store,
    recorder,
    evaluator,
    broker,
    cleanup,
    controller,
    control: new RunControl(events, controller),
    checkpoints: new CheckpointFolder(checkpointFolder(config, id)),
    resume,
  };
}

/**
 * `auto` is settled once, here: every agent then uses the same engine or says that it cannot. Two
 * engines give different last bits.
 */
function resolvedEngine(name: string): RunConfig['engine'] {
  // Random forests and k-means need no engine.
  if (name === 'native') return 'auto';
  return name === 'onnx' ? 'onnx' : 'tfjs';
}

function runStarted({ id, config, data, evaluator, resume }: Run) {
  const model = createModel(data.info, config);
  return {
    type: 'run-started' as const,
    ts: Date.now(),
    runId: id,
    config,
    configSha256: configHash(config),
    codeVersion: packageVersion(),
    params: {
      ...runParams(
        config.modelType,
        `${evaluator.engine.name} ${evaluator.engine.version}`,
        parameterCount(model),
      ),
      'partition.mean_pairwise_distance': data.meanPairwiseDistance,
    },
    clients: data.shares,
    resumedAfter: resume?.rounds.length,
  };
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
