import { existsSync } from 'node:fs';
import { errorRegistry, FleetError, type RunEventStream, toFleetError } from '#protocol';
import { clientRoundsCsv, type Store } from '#store';
import { Cleanup } from '../cleanup.js';
import { launch } from '../launch.js';
import { assertWritable, outputPath, writeChunks } from '../output-file.js';
import { finishedRuns } from './finished-runs.js';
import type { FailedRun, ManifestRow } from './manifest.js';
import type { PlanProgress } from './plan-progress.js';

export interface PlanOptions {
  readonly rows: readonly ManifestRow[];
  /** Runs that go on at once, each with its own broker and agents. */
  readonly parallel: number;
  /** One store for all: the embedded one is held by one process at a time. */
  readonly store: Store;
  readonly progress: PlanProgress;
  /** Ends the plan, and in order the runs that go on. */
  readonly signal: AbortSignal;
  /** Told of every run that begins, to follow its events. */
  readonly onRun: (events: RunEventStream) => void;
  /** Told whenever a run has failed, with all that have so far. */
  readonly onFailed: (failed: readonly FailedRun[]) => Promise<void>;
}

export interface PlanOutcome {
  /** Rows that ran to their end now. */
  readonly finished: number;
  /** Rows that an earlier command has finished. */
  readonly skipped: number;
  readonly failed: readonly FailedRun[];
}

/**
 * Runs the enabled rows of a plan that are not in the store yet, in their order, `parallel` at a time.
 * A run that fails is recorded and the next begins.
 * @throws the signal's reason when it aborts; FleetError STORE_FAILED when nothing can be stored
 */
export async function runPlan(options: PlanOptions): Promise<PlanOutcome> {
  const { store, progress, signal } = options;
  const enabled = options.rows.filter((row) => row.enabled);
  const done = await finishedRuns(store, enabled);
  for (const { name, config } of enabled) {
    const id = done.get(name);
    // Killed after the last round, before its file was written.
    if (id !== undefined) await writeMissingCsv(store, id, outputPath(config.output, name));
  }
  const waiting = enabled.filter(({ name }) => !done.has(name));
  progress.begin(enabled.length, done.size);
  const failed: FailedRun[] = [];
  let finished = 0;
  const work = async (): Promise<void> => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      signal.throwIfAborted();
      const failure = await runRow(row, options);
      signal.throwIfAborted();
      if (failure === undefined) {
        finished++;
        continue;
      }
      failed.push(failure);
      await options.onFailed(failed);
    }
  };
  const workers = Array.from({ length: options.parallel }, () =>
    work().catch((cause: unknown) => {
      waiting.length = 0;
      throw cause;
    }),
  );
  // All of them, also when one has failed: the runs of the others still write to the store, which the caller closes.
  for (const worker of await Promise.allSettled(workers)) {
    if (worker.status === 'rejected') throw worker.reason;
  }
  return { finished, skipped: done.size, failed };
}

async function runRow(
  row: ManifestRow,
  { store, progress, signal, onRun }: PlanOptions,
): Promise<FailedRun | undefined> {
  const cleanup = new Cleanup();
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const summary = await launch({
      config: row.config,
      dataIsReady: true,
      store,
      cleanup,
      controller,
      createProgress: (events) => {
        onRun(events);
        return progress.followRun(row.name, events);
      },
    });
    await assertParticipation(store, summary.run_id);
    progress.finished(row, summary);
    return undefined;
  } catch (cause) {
    const error = toFleetError(cause);
    const failure = { ...row, stage: stageOf(error), reason: `${error.code}: ${error.message}` };
    if (!signal.aborted) progress.failed(failure);
    return failure;
  } finally {
    signal.removeEventListener('abort', abort);
    for (const text of await cleanup.run()) progress.note(`${row.name}: while closing: ${text}`);
  }
}

/** A run in which nobody ever took part has nothing to tell. */
async function assertParticipation(store: Store, runId: string): Promise<void> {
  const { rows } = await store.query(
    `SELECT count(*) FILTER (WHERE participated_flag), min(fail_reason) FILTER (WHERE selected_flag)
     FROM client_rounds WHERE run_id = $1`,
    { params: [runId] },
  );
  const [count, reason] = rows[0] ?? [];
  if (count === 0) throw new FleetError('TRAINING_FAILED', `no client took part in any round: ${reason}`);
}

async function writeMissingCsv(store: Store, runId: string, path: string): Promise<void> {
  if (existsSync(path)) return;
  await assertWritable(path);
  await writeChunks(path, clientRoundsCsv(store, runId));
}

/** Where a run failed, by the range that its error's exit code is in (see protocol/errors.ts). */
function stageOf({ code }: FleetError): string {
  const { exitCode } = errorRegistry[code];
  if (exitCode < 10) return 'configuration';
  if (exitCode < 20) return 'data';
  if (exitCode < 30) return 'broker';
  if (exitCode < 40) return 'store';
  return exitCode < 50 ? 'training' : 'program';
}
