import { z } from 'zod';
import { FleetError, type RunEvent } from '#protocol';
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
const roundSchema = z
  .tuple([
    z.number(),
    milliseconds,
    milliseconds,
    z.number(),
    z.number(),
    z.number(),
    z.number(),
    z.string(),
    z.number(),
    z.number(),
    z.number(),
  ])
  .transform(
    ([
      round,
      startedAt,
      ts,
      participated,
      failed,
      globalLoss,
      globalAccuracy,
      weightsSha256,
      collectTimeS,
      aggregateTimeS,
      evaluateTimeS,
    ]) => ({
      type: 'round-finished' as const,
      round,
      startedAt,
      ts,
      participated,
      failed,
      globalLoss,
      globalAccuracy,
      weightsSha256,
      collectTimeS,
      aggregateTimeS,
      evaluateTimeS,
    }),
  );

/** A round's times as milliseconds since 1970, in the numbers' text form. */
const roundsSql = `SELECT round,
    (extract(epoch FROM started_at) * 1000)::text, (extract(epoch FROM finished_at) * 1000)::text,
    participating_clients, failed_clients, global_loss, global_accuracy, weights_sha256,
    collect_time_s, aggregate_time_s, evaluate_time_s
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
  const rounds = await ask(roundsSql);
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
