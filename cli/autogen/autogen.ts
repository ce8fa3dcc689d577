import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { startDashboard } from '#dashboard';
import type { DatasetInfo } from '#learning';
import { configFields, FleetError, parseRunConfig, type RunConfig, toFleetError } from '#protocol';
import { briefQueries, openStore } from '#store';
import { Cleanup } from '../cleanup.js';
import { combinationsFor, tasks } from '../combinations.js';
import { assertWritable } from '../output-file.js';
import { watchSignals } from '../signals.js';
import { availableDatasets } from './available-datasets.js';
import { RunCheck } from './check-run.js';
import { drawPlan, type PlanRequest, planName } from './draw-plan.js';
import { type ManifestRow, readManifest, writeManifest } from './manifest.js';
import { PlanProgress } from './plan-progress.js';
import { planTable } from './plan-table.js';
import { RunFollower } from './run-follower.js';
import { type PlanOutcome, runPlan } from './run-plan.js';

export interface AutogenOptions {
  readonly runs: number | undefined;
  readonly taskSplit: string | undefined;
  /** Path of the manifest. */
  readonly plan: string | undefined;
  readonly parallel: number;
  readonly dryRun: boolean;
  /** Flags of the run configuration, as given. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the command ends with, and prints with `--json`. */
export interface AutogenSummary {
  readonly plan: string;
  readonly runs: number;
  readonly finished: number;
  readonly skipped: number;
  readonly failed: number;
  /** The manifest of the failed runs. */
  readonly retry: string | null;
  readonly duration_s: number;
}

const standardRuns = 100;
/** Per cent of each task; where nothing can learn one, the others share what is its. */
const standardShares = { classification: 60, regression: 25, clustering: 15 };

/**
 * Draws a plan, or takes one that exists, checks it whole and runs what of it is not in the store yet.
 * @returns undefined after a dry run
 * @throws FleetError CONFIG_INVALID, CSV_INVALID before the first run
 */
export async function autogen(options: AutogenOptions): Promise<AutogenSummary | undefined> {
  const started = performance.now();
  const { base, request } = await requestOf(options);
  const check = new RunCheck();
  const path = resolve(options.plan ?? `outputs/plans/${planName(request)}.csv`);
  if (existsSync(path)) {
    note(`plan ${path}: as it is`);
  } else {
    await assertWritable(path);
    note(`drawing ${request.runs} runs over ${request.datasets.map(({ name }) => name).join(', ')}`);
    await writeManifest(path, await drawPlan(request, (config) => check.checkRun(config)));
    note(`wrote ${path}`);
  }
  const rows = await readManifest(path, request.shared);
  if (options.plan !== undefined) assertSamePlan(path, rows, request, options);
  await check.checkPlan(path, rows);
  if (options.dryRun) {
    note(planTable(rows));
    return undefined;
  }
  const retry = path.replace(/(\.csv)?$/, '.retry.csv');
  const { finished, skipped, failed } = await execute(rows, retry, base, options.parallel);
  return {
    plan: path,
    runs: finished + skipped + failed.length,
    finished,
    skipped,
    failed: failed.length,
    retry: failed.length > 0 ? retry : null,
    duration_s: Math.round(performance.now() - started) / 1000,
  };
}

const note = (text: string): void => void process.stderr.write(`${text}\n`);

async function requestOf(options: AutogenOptions): Promise<{ base: RunConfig; request: PlanRequest }> {
  const { seed, ...settings } = options.fields;
  const deployment: ReadonlySet<string> = new Set(
    configFields().flatMap(({ key, scope }) => (scope === 'deployment' ? [key] : [])),
  );
  const pick = (isShared: boolean): Record<string, unknown> =>
    Object.fromEntries(Object.entries(settings).filter(([key]) => deployment.has(key) === isShared));
  // Whatever is wrong with the flags shows before anything is drawn.
  const base = parseRunConfig(options.fields);
  if (options.parallel > 1 && base.brokerPort) {
    throw new FleetError(
      'CONFIG_INVALID',
      `--broker-port ${base.brokerPort}: every run has its own broker; not with --parallel ${options.parallel}`,
    );
  }
  const only = settings.dataset === undefined ? undefined : base.dataset;
  const datasets = await availableDatasets(base, only);
  const fixed = pick(false);
  const request = {
    runs: options.runs ?? standardRuns,
    taskSplit: options.taskSplit ?? standardSplit(datasets, fixed),
    seed: base.seed,
    datasets,
    fixed,
    shared: pick(true),
  };
  return { base, request };
}

function standardSplit(datasets: readonly DatasetInfo[], fixed: Readonly<Record<string, unknown>>): string {
  const shares = tasks.map((task) =>
    combinationsFor(task, datasets, fixed).length > 0 ? standardShares[task] : 0,
  );
  const total = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => (100 * share) / total).join(',');
}

/** An existing plan is run as it is; flags that would draw another one must not pass unseen. */
function assertSamePlan(
  path: string,
  rows: readonly ManifestRow[],
  request: PlanRequest,
  { runs, taskSplit, fields }: AutogenOptions,
): void {
  const drawing = { runs, taskSplit, seed: fields.seed, ...request.fixed };
  const given = Object.entries(drawing).filter(([, value]) => value !== undefined);
  const prefix = `${planName(request)}-`;
  if (given.length === 0 || rows.every(({ name }) => name.startsWith(prefix))) return;
  throw new FleetError(
    'CONFIG_INVALID',
    `--plan ${path}: holds another plan than ${given.map(([key]) => key).join(', ')} would draw; leave these out to run it, or name another file`,
  );
}

async function execute(
  rows: readonly ManifestRow[],
  retry: string,
  config: RunConfig,
  parallel: number,
): Promise<PlanOutcome> {
  const controller = new AbortController();
  const cleanup = new Cleanup();
  const unwatch = watchSignals(controller);
  const progress = new PlanProgress();
  cleanup.add('progress', () => progress.end());
  try {
    const store = await openStore(config);
    cleanup.add('store', () => store.close());
    const follower = new RunFollower();
    const { host, port = 0 } = config;
    const page = await startDashboard({
      ...{ host, port, events: follower.events },
      store: briefQueries(store, () => true),
    });
    cleanup.add('dashboard', () => page.close());
    await store.advertise(page.url);
    note(`page ${page.url}`);
    return await runPlan({
      rows,
      parallel,
      store,
      progress,
      signal: controller.signal,
      onRun: (events) => follower.offer(events),
      onFailed: (failed) => writeManifest(retry, failed),
    });
  } catch (cause) {
    throw toFleetError(cause);
  } finally {
    unwatch();
    for (const failure of await cleanup.run()) note(`while closing: ${failure}`);
  }
}
