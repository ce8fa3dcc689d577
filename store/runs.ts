import { z } from 'zod';
import { FleetError } from '#protocol';
import type { QueryResult, QueryValue } from './query-result.js';
import type { Queryable } from './store.js';

/** A float that may be NaN or infinite, which JSON and so a query's result holds as text. */
const float = z.union([z.number(), z.string().transform(Number)]);

const runSchema = z.object({
  run_id: z.string(),
  name: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
  dataset: z.string(),
  strategy: z.string(),
  distribution_param: float,
  composition: z.string(),
  seed: z.number(),
  clients: z.number(),
  rounds: z.number(),
  rounds_finished: z.number(),
  global_accuracy: float.nullable(),
  global_loss: float.nullable(),
  weights_sha256: z.string().nullable(),
  config_sha256: z.string(),
  code_version: z.string(),
});
/** A run in short; times are ISO 8601 in UTC. */
export type RunSummary = Readonly<z.infer<typeof runSchema>>;

const paramSchema = z.object({ scope: z.string(), key: z.string(), value: z.string() });
const clientSchema = z.object({
  client_id: z.number(),
  agent: z.string(),
  samples_count: z.number(),
  data_distribution: z.array(z.number()),
});
const roundSchema = z.object({
  round: z.number(),
  started_at: z.string(),
  finished_at: z.string(),
  scheduled_clients: z.number(),
  participating_clients: z.number(),
  failed_clients: z.number(),
  global_loss: float,
  global_accuracy: float,
  weights_sha256: z.string(),
});

export interface RunDetails {
  readonly run: RunSummary;
  readonly params: readonly Readonly<z.infer<typeof paramSchema>>[];
  readonly clients: readonly Readonly<z.infer<typeof clientSchema>>[];
  readonly rounds: readonly Readonly<z.infer<typeof roundSchema>>[];
}

/** Far above the bounds of a run configuration: no answer of this file is cut short. */
const allRows = 1_000_000;

const columnsOf = (schema: z.ZodObject): string => Object.keys(schema.shape).join(', ');

/** All stored runs, the newest first. */
export async function listRuns(store: Queryable): Promise<RunSummary[]> {
  return await select(store, runSchema, 'runs ORDER BY created_at DESC, run_id', []);
}

/**
 * One run with its parameters, clients and finished rounds.
 * @param run id or name; of several runs with one name, the newest
 * @throws FleetError RUN_UNKNOWN
 */
export async function showRun(store: Queryable, run: string): Promise<RunDetails> {
  const [found] = await select(
    store,
    runSchema,
    'runs WHERE run_id = $1 OR name = $1 ORDER BY run_id = $1 DESC, created_at DESC LIMIT 1',
    [run],
  );
  if (found === undefined) throw new FleetError('RUN_UNKNOWN', run);
  const id = [found.run_id];
  return {
    run: found,
    params: await select(store, paramSchema, 'run_params WHERE run_id = $1 ORDER BY scope, key', id),
    clients: await select(store, clientSchema, 'clients WHERE run_id = $1 ORDER BY client_id', id),
    rounds: await select(store, roundSchema, 'rounds WHERE run_id = $1 ORDER BY round', id),
  };
}

async function select<S extends z.ZodObject>(
  store: Queryable,
  schema: S,
  from: string,
  params: readonly string[],
): Promise<z.infer<S>[]> {
  const result = await store.query(`SELECT ${columnsOf(schema)} FROM ${from}`, { params, maxRows: allRows });
  return asObjects(result).map((row) => schema.parse(row));
}

/** A result's rows as objects by column name. */
export function asObjects({ columns, rows }: QueryResult): Record<string, QueryValue>[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
}
