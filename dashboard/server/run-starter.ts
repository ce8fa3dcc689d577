import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  configFields,
  FleetError,
  parseRunConfig,
  type RunConfig,
  settingReaders,
  strategyFields,
} from '#protocol';
import { parseRequest } from './parse-request.js';

/** Who begins the runs that users of the page ask for. */
export interface RunStarter {
  /** The run that the next one is like, where its form says nothing else. */
  like(): RunConfig;
  /**
   * @returns the run's id once it is prepared; undefined while another goes on
   * @throws FleetError what keeps it from beginning, such as DATASET_UNAVAILABLE
   */
  start(config: RunConfig): Promise<string | undefined>;
}

/** What a user may ask for: what a run computes. Where and how it runs is the server's affair, but for its name. */
const offered = () => configFields().filter(({ key, scope }) => scope === 'experiment' || key === 'name');

const body = z.record(z.string(), z.unknown());

/** `GET /api/run-form`: the fields, with a JSON Schema each; `POST /api/runs`, with values of some of them. */
export function addRunStarter(app: FastifyInstance, starter: RunStarter): void {
  app.get('/api/run-form', async () => {
    const like: Readonly<Record<string, unknown>> = { ...starter.like(), name: undefined };
    const values = offered()
      .map(({ key, jsonSchema }) => [key, like[key], jsonSchema.default] as const)
      .filter(([, value, standard]) => JSON.stringify(value) !== JSON.stringify(standard))
      .map(([key, value]) => [key, value]);
    return { fields: offered(), values: Object.fromEntries(values), strategyFields, settingReaders };
  });
  app.post('/api/runs', async (request) => {
    const id = await starter.start(asked(request.body, starter.like()));
    if (id === undefined) throw new FleetError('CONFLICT', 'a run goes on');
    return { run_id: id };
  });
}

/** @throws FleetError CONFIG_INVALID that names the field; REQUEST_INVALID where there are no fields */
function asked(given: unknown, like: RunConfig): RunConfig {
  const fields = parseRequest(body, given);
  const keys: ReadonlySet<string> = new Set(offered().map(({ key }) => key));
  const foreign = Object.keys(fields).find((key) => !keys.has(key));
  if (foreign !== undefined)
    throw new FleetError('CONFIG_INVALID', `${foreign}: not to be set from the page`);
  // A file of its own for each run.
  const kept = Object.entries(like).filter(([key]) => !keys.has(key) && key !== 'output');
  return parseRunConfig({ ...Object.fromEntries(kept), ...fields });
}
