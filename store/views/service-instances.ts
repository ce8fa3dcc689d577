import type { ColumnSpec } from '../columns.js';
import { clientId, runId } from '../tables/key-columns.js';
import type { ViewSpec } from './view-spec.js';

/** QoS of a service over its rounds: what is summed up, in which unit, by what. */
const means = {
  accuracy: 'ratio',
  loss: undefined,
  compute_time_s: 's',
  download_time_s: 's',
  upload_time_s: 's',
  cpu_time_s: 's',
  memory_used_mb: 'MB',
} as const;
const percentiles = { p50: 0.5, p95: 0.95 } as const;

const responseTime = 'extract(epoch FROM finished_at - started_at)::float8';
const done = 'FILTER (WHERE participated_flag)';

const statistic = (description: string, unit?: string): ColumnSpec => ({
  type: 'float8',
  nullable: true,
  ...(unit === undefined ? {} : { unit }),
  provenance: 'measured',
  description,
});

export const serviceInstances: ViewSpec = {
  name: 'service_instances',
  // One pass over a run's rounds: the key of client_rounds finds a round of a run, not a client's rounds, so that a
  // lateral query for each client would read all of the run again.
  description:
    'One row per service, which is a client in a run: its QoS over all its rounds. What services are selected and composed by.',
  sql: `SELECT c.run_id, c.client_id, c.agent, c.samples_count,
      coalesce(q.rounds_selected, 0) AS rounds_selected, coalesce(q.rounds_participated, 0) AS rounds_participated,
      q.rounds_participated::float8 / nullif(q.rounds_selected, 0) AS reliability,
      ${Object.keys(means)
        .map((name) => `q.${name}_mean`)
        .join(', ')},
      ${Object.keys(percentiles)
        .map((name) => `q.response_time_s_${name}`)
        .join(', ')},
      q.comm_bytes_up, q.comm_bytes_down
    FROM clients c LEFT JOIN (
      SELECT run_id, client_id, count(*) FILTER (WHERE selected_flag) AS rounds_selected, count(*) ${done} AS rounds_participated,
        ${Object.keys(means)
          .map((name) => `avg(${name}) ${done} AS ${name}_mean`)
          .join(', ')},
        ${Object.entries(percentiles)
          .map(
            ([name, at]) =>
              `percentile_cont(${at}) WITHIN GROUP (ORDER BY ${responseTime}) ${done} AS response_time_s_${name}`,
          )
          .join(', ')},
        sum(comm_bytes_up)::int8 AS comm_bytes_up, sum(comm_bytes_down)::int8 AS comm_bytes_down
      FROM client_rounds GROUP BY run_id, client_id) q ON q.run_id = c.run_id AND q.client_id = c.client_id`,
  columns: {
    run_id: runId,
    client_id: clientId,
    agent: { type: 'text', provenance: 'derived', description: 'agent id on the broker' },
    samples_count: {
      type: 'int4',
      unit: 'samples',
      provenance: 'derived',
      description: 'training samples of its share',
    },
    rounds_selected: {
      type: 'int8',
      unit: 'rounds',
      provenance: 'derived',
      description: 'rounds it was chosen for',
    },
    rounds_participated: {
      type: 'int8',
      unit: 'rounds',
      provenance: 'measured',
      description: 'rounds in which its update was aggregated',
    },
    reliability: statistic('rounds it took part in over rounds it was chosen for', 'ratio'),
    ...Object.fromEntries(
      Object.entries(means).map(([name, unit]) => [
        `${name}_mean`,
        statistic(`mean of \`${name}\` over the rounds it took part in`, unit),
      ]),
    ),
    ...Object.fromEntries(
      Object.keys(percentiles).map((name) => [
        `response_time_s_${name}`,
        statistic(`${name} of the time from the start to the end of its part in a round`, 's'),
      ]),
    ),
    comm_bytes_up: {
      type: 'int8',
      nullable: true,
      unit: 'bytes',
      provenance: 'measured',
      description: 'bytes that it sent in all rounds',
    },
    comm_bytes_down: {
      type: 'int8',
      nullable: true,
      unit: 'bytes',
      provenance: 'measured',
      description: 'bytes that it received in all rounds',
    },
  },
};
