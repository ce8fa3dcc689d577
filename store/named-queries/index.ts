import { FleetError } from '#protocol';
import type { QueryResult } from '../query-result.js';
import { findRun } from '../runs.js';
import type { Queryable, QueryOptions } from '../store.js';
import { accuracyByRound } from './accuracy-by-round.js';
import { failuresByReason } from './failures-by-reason.js';
import { labelSkew } from './label-skew.js';
import { latencyByMinute } from './latency-by-minute.js';
import { leastReliableClients } from './least-reliable-clients.js';
import { lostTelemetry } from './lost-telemetry.js';
import { messagesByKind } from './messages-by-kind.js';
import type { NamedQuery } from './named-query.js';
import { roundDurations } from './round-durations.js';
import { services } from './services.js';
import { slowestClients } from './slowest-clients.js';
import { trafficByClient } from './traffic-by-client.js';
import { warnings } from './warnings.js';

export type { NamedQuery } from './named-query.js';

/** The library of named queries. */
export const namedQueries: readonly NamedQuery[] = [
  services,
  slowestClients,
  leastReliableClients,
  failuresByReason,
  accuracyByRound,
  roundDurations,
  trafficByClient,
  latencyByMinute,
  lostTelemetry,
  messagesByKind,
  labelSkew,
  warnings,
];

/**
 * Asks a named query about a run.
 * @param run id, name or the start of an id
 * @throws FleetError CONFIG_INVALID for a name that does not exist, RUN_UNKNOWN, QUERY_FAILED
 * @example const { rows } = await askNamedQuery(store, 'slowest-clients', 'my run');
 */
export async function askNamedQuery(
  store: Queryable,
  name: string,
  run: string,
  options: Omit<QueryOptions, 'params'> = {},
): Promise<QueryResult> {
  const query = namedQueries.find((each) => each.name === name);
  if (query === undefined) {
    const names = namedQueries.map((each) => each.name).join(', ');
    throw new FleetError('CONFIG_INVALID', `no query is named ${name}; there are ${names}`);
  }
  return await store.query(query.sql, { ...options, params: [await findRun(store, run)] });
}
