import type { DatasetInfo } from '#learning';
import { canonicalJson, FleetError, parseRunConfig, type RunConfig, randomStream, sha256 } from '#protocol';
import { type Combination, combinationsFor, type Task, tasks } from '../combinations.js';
import { settingsFor } from '../families.js';
import { drawSettings, strategyParams } from './search-space.js';
import { splitRuns } from './task-split.js';

export interface PlanRequest {
  readonly runs: number;
  /** Per cent of classification, regression and clustering, such as `60,25,15`. */
  readonly taskSplit: string;
  readonly seed: number;
  readonly datasets: readonly DatasetInfo[];
  /** Settings that every run has, instead of drawn ones. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** Settings that say where runs happen, such as the folder of the data; no part of the plan. */
  readonly shared: Readonly<Record<string, unknown>>;
}

export interface PlannedRun {
  readonly name: string;
  /** Fields of the run configuration. */
  readonly settings: Readonly<Record<string, unknown>>;
}

interface Slot {
  readonly combination: Combination;
  readonly family: string;
  readonly strategy: string;
}

const distributionsAFamily = 2;
const maxDraws = 50;

/**
 * Draws a plan: the runs of a task are dealt evenly to its datasets, within a dataset to the families
 * that can learn it, and within a family to two partition strategies; the rest is drawn from
 * `drawSettings`. The same request gives the same plan.
 *
 * @param check throws PARTITION_IMPOSSIBLE or CONFIG_INVALID for a run that cannot be; it is drawn anew
 * @throws FleetError CONFIG_INVALID where a task has no dataset and family
 */
export async function drawPlan(
  request: PlanRequest,
  check: (config: RunConfig) => Promise<void>,
): Promise<PlannedRun[]> {
  const counts = splitRuns(request.runs, request.taskSplit);
  const prefix = planName(request);
  const digits = String(request.runs).length;
  const planned: PlannedRun[] = [];
  for (const task of tasks) {
    if (counts[task] === 0) continue;
    const slotOf = dealerOf(task, request);
    for (let i = 0; i < counts[task]; i++) {
      const number = planned.length + 1;
      planned.push({
        name: `${prefix}-${String(number).padStart(digits, '0')}`,
        settings: await drawRun(request, slotOf(i), number, check),
      });
    }
  }
  return planned;
}

/** What the runs of a plan are called, before their number: the same for the same request only. */
export function planName({ runs, taskSplit, seed, fixed, datasets }: PlanRequest): string {
  const names = datasets.map(({ name }) => name);
  return `autogen-${seed}-${sha256(canonicalJson({ runs, taskSplit, fixed, names })).slice(0, 6)}`;
}

/**
 * Deals the runs of a task: however many there are, they are spread evenly over the datasets, those of a dataset
 * over its families, and those of a family over its two strategies.
 */
function dealerOf(task: Task, { datasets, fixed, seed }: PlanRequest): (i: number) => Slot {
  const combinations = combinationsFor(task, datasets, fixed);
  if (combinations.length === 0) {
    throw new FleetError(
      'CONFIG_INVALID',
      `--task-split: no dataset and model family here for ${task}; give it 0, or --data-dir`,
    );
  }
  const stream = randomStream(seed, 'autogen', tasks.indexOf(task));
  const shuffled = <T>(items: readonly T[]): T[] => {
    const order = stream.shuffle(items.map((_, i) => i));
    return order.flatMap((i) => items.slice(i, i + 1));
  };
  const strategies = typeof fixed.strategy === 'string' ? [fixed.strategy] : Object.keys(strategyParams);
  const columns = shuffled(combinations).map((combination) =>
    shuffled(combination.families).map((family) =>
      shuffled(strategies)
        .slice(0, distributionsAFamily)
        .map((strategy): Slot => ({ combination, family, strategy })),
    ),
  );
  return (i) => {
    const families = cyclic(columns, i);
    const turn = Math.floor(i / columns.length);
    return cyclic(cyclic(families, turn), Math.floor(turn / families.length));
  };
}

function cyclic<T>(items: readonly T[], i: number): T {
  for (const item of items.slice(i % items.length)) return item;
  throw new RangeError('nothing to deal');
}

async function drawRun(
  { seed, fixed, shared }: PlanRequest,
  { combination, family, strategy }: Slot,
  number: number,
  check: (config: RunConfig) => Promise<void>,
): Promise<Record<string, unknown>> {
  for (let attempt = 0; ; attempt++) {
    const stream = randomStream(seed, 'autogen', number + tasks.length, attempt);
    const drawn = drawSettings(stream, combination, family, strategy);
    // Two ways to say how many samples contradict each other; a small dataset gives what it has.
    if ('sampleSize' in fixed) delete drawn.sampleFrac;
    const { sampleSize, ...others } = settingsFor(family, fixed);
    const isEnough = Number(sampleSize) <= combination.data.trainCount;
    const settings = Object.fromEntries(
      Object.entries({ ...drawn, ...others, ...(isEnough ? { sampleSize } : {}) }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    try {
      await check(parseRunConfig({ ...settings, ...shared }));
      return settings;
    } catch (cause) {
      const again =
        cause instanceof FleetError && ['PARTITION_IMPOSSIBLE', 'CONFIG_INVALID'].includes(cause.code);
      if (!again || attempt + 1 === maxDraws) throw cause;
    }
  }
}
