import { type Answer, useQuery, type Value } from '../../state/use-query.js';

const shownRuns = 200;

/** A run of the store, as its list tells it. */
export interface StoredRun {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly tookS: number | undefined;
  readonly data: string;
  readonly clients: number;
  readonly roundsFinished: number;
  readonly rounds: number;
  readonly score: number | undefined;
  readonly loss: number | undefined;
  readonly note: string;
  readonly tags: readonly string[];
}

/**
 * The newest stored runs that a text fits (id, name, status, data, note or tags), and how many it fits.
 * @param version changes when they may have changed
 */
export function useStoredRuns(
  filter: string,
  version: string,
): { readonly answer: Answer; readonly runs: readonly StoredRun[]; readonly total: number } {
  const answer = useQuery(
    `SELECT run_id, name, status, extract(epoch FROM created_at)::float8 * 1000,
       extract(epoch FROM finished_at - created_at)::float8, dataset || ', ' || strategy, clients, rounds_finished, rounds,
       global_metric_score, global_loss, coalesce(note, ''), coalesce(tags, '[]'), (count(*) OVER ())::int
     FROM runs LEFT JOIN run_notes USING (run_id)
     WHERE $1 = '' OR strpos(lower(concat_ws(' ', run_id, name, status, dataset, strategy, note, tags)), lower($1)) > 0
     ORDER BY created_at DESC LIMIT ${shownRuns}`,
    [filter],
    version,
  );
  const rows = answer.result?.rows ?? [];
  return { answer, runs: rows.map(runOf), total: Number(rows[0]?.at(-1) ?? 0) };
}

function runOf([
  id,
  name,
  status,
  startedAt,
  took,
  data,
  clients,
  finished,
  rounds,
  ...rest
]: readonly Value[]): StoredRun {
  const [score = null, loss = null, note, tags] = rest;
  return {
    id: String(id),
    name: String(name),
    status: String(status),
    startedAt: Number(startedAt),
    tookS: numberOf(took),
    data: String(data),
    clients: Number(clients),
    roundsFinished: Number(finished),
    rounds: Number(rounds),
    score: numberOf(score),
    loss: numberOf(loss),
    note: String(note),
    tags: Array.isArray(tags) ? tags.map(String) : [],
  };
}

const numberOf = (value: Value | undefined): number | undefined =>
  value === null || value === undefined ? undefined : Number(value);
