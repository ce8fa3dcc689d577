import { FleetError } from '#protocol';
import type { QueryResult } from './query-result.js';
import type { Queryable } from './store.js';

/** Far above the bounds of a run configuration, so that no answer of this file is cut short. */
const maxRows = 1_000_000;

const summaryColumns = `run_id, name, status, created_at, finished_at, dataset, strategy, clients,
  rounds_finished, rounds, seed, global_accuracy, global_loss, weights_sha256`;

/** All stored runs, one row each, the newest first. */
export async function listRuns(store: Queryable): Promise<QueryResult> {
  return await store.query(`SELECT ${summaryColumns} FROM runs ORDER BY created_at DESC, run_id`, {
    maxRows,
  });
}

/** One part of what is known of a run. */
export interface RunSection {
  readonly title: 'Run' | 'Parameters' | 'Clients' | 'Rounds';
  readonly result: QueryResult;
}

/**
 * A run, its parameters, clients and finished rounds.
 * @param run id, name or the start of an id; where it fits several runs, the newest
 * @throws FleetError RUN_UNKNOWN
 */
export async function showRun(store: Queryable, run: string): Promise<RunSection[]> {
  const id = await findRun(store, run);
  const section = async (title: RunSection['title'], sql: string): Promise<RunSection> => ({
    title,
    result: await store.query(sql, { params: [id], maxRows }),
  });
  return [
    await section(
      'Run',
      `SELECT ${summaryColumns}, reason, config_sha256, code_version FROM runs WHERE run_id = $1`,
    ),
    await section(
      'Parameters',
      'SELECT scope, key, value FROM run_params WHERE run_id = $1 ORDER BY scope, key',
    ),
    await section(
      'Clients',
      `SELECT client_id, agent, samples_count, data_distribution
       FROM clients WHERE run_id = $1 ORDER BY client_id`,
    ),
    await section(
      'Rounds',
      `SELECT round, started_at, finished_at, scheduled_clients, participating_clients, failed_clients,
         global_loss, global_accuracy, weights_sha256
       FROM rounds WHERE run_id = $1 ORDER BY round`,
    ),
  ];
}

/**
 * The id of a stored run.
 * @param run id, name or the start of an id; where it fits several runs, the newest
 * @throws FleetError RUN_UNKNOWN
 */
export async function findRun(store: Queryable, run: string): Promise<string> {
  const { rows } = await store.query(
    `SELECT run_id FROM runs WHERE run_id = $1 OR name = $1 OR ($1 <> '' AND starts_with(run_id, $1))
     ORDER BY run_id = $1 DESC, name = $1 DESC, created_at DESC LIMIT 1`,
    { params: [run] },
  );
  const id = rows[0]?.[0];
  if (typeof id !== 'string') throw new FleetError('RUN_UNKNOWN', run);
  return id;
}
