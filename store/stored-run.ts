import { z } from 'zod';
import { FleetError, qualitySchema, type RunEvent } from '#protocol';
import { findRun } from './runs.js';
import type { Queryable } from './store.js';

/** What the store knows of a run that is to go on. */
export interface StoredRun {
  readonly runId: string;
  readonly status: string;
  /** The run's configuration as stored: without passwords. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly configSha256: string;
  /** The finished rounds in order, as they were published. */
  readonly rounds: readonly Extract<RunEvent, { type: 'round-finished' }>[];
  /** Number of the next event of the run. */
  readonly nextEventSeq: number;
}

const runSchema = z.tuple([z.string(), z.record(z.string(), z.unknown()), z.string()]);
const milliseconds = z.coerce.number();
/** A round as the query below gives it: one JSON value, its measures null where its task has none. */
const roundSchema = z
  .object({
    round: z.number(),
    startedAt: milliseconds,
    ts: milliseconds,
    attempted: z.number(),
    participated: z.number(),
    failed: z.number(),
    paramsCount: z.number().nullable(),
    weightsSha256: z.string(),
    collectTimeS: z.number(),
    aggregateTimeS: z.number(),
    evaluateTimeS: z.number(),
    global: z.preprocess(withoutNulls, qualitySchema),
  })
  .transform(({ paramsCount, ...round }) => ({
    type: 'round-finished' as const,
    ...round,
    paramsCount: paramsCount ?? 0,
  }));

function withoutNulls(value: unknown): unknown {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, item]) => item !== null));
}

/** Times as milliseconds since 1970. */
const roundsSql = `SELECT json_build_object(
    'round', round,
    'startedAt', extract(epoch FROM started_at) * 1000,
    'ts', extract(epoch FROM finished_at) * 1000,
    'attempted', coalesce(attempted_clients, participating_clients),
    'participated', participating_clients,
    'failed', failed_clients,
    'paramsCount', params_count,
    'weightsSha256', weights_sha256,
    'collectTimeS', collect_time_s,
    'aggregateTimeS', aggregate_time_s,
    'evaluateTimeS', evaluate_time_s,
    'global', json_build_object(
      'loss', global_loss,
      'accuracy', global_accuracy,
      'f1', global_f1,
      'balancedAccuracy', global_balanced_accuracy,
      'rmse', global_rmse,
      'mae', global_mae,
      'r2', global_r2,
      'silhouette', global_silhouette,
      'inertia', global_inertia,
      'metricScore', global_metric_score))
  FROM rounds WHERE run_id = $1 ORDER BY round`;

/**
 * Reads a run back.
 * @param run id, name or the start of an id; where it fits several runs, the newest
 * @throws FleetError RUN_UNKNOWN; STORE_FAILED when the store's rows are not such a run
 */
export async function readStoredRun(store: Queryable, run: string): Promise<StoredRun> {
  const runId = await findRun(store, run);
  const ask = async (sql: string): Promise<readonly (readonly unknown[])[]> =>
    (await store.query(sql, { params: [runId], maxRows: 1_000_000 })).rows;
  const [head] = await ask('SELECT status, config, config_sha256 FROM runs WHERE run_id = $1');
  const [last] = await ask('SELECT coalesce(max(seq) + 1, 0)::int4 FROM events WHERE run_id = $1');
  const rounds = (await ask(roundsSql)).map(([round]) => round);
  try {
    const [status, config, configSha256] = runSchema.parse(head);
    return {
      runId,
      status,
      config,
      configSha256,
      rounds: z.array(roundSchema).parse(rounds),
      nextEventSeq: z.number().parse(last?.[0]),
    };
  } catch (cause) {
    throw new FleetError('STORE_FAILED', `run ${runId} cannot be read back`, { cause });
  }
}
