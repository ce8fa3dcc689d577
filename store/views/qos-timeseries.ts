import { clientId, round, runId } from '../tables/key-columns.js';
import type { ViewSpec } from './view-spec.js';

/** The columns that become rows, by the table that they come from. */
const fromTelemetry = ['latency_ms', 'cpu_utilization', 'rss_mb', 'queue_length'] as const;
const fromClientRounds = [
  'accuracy',
  'loss',
  'compute_time_s',
  'evaluate_time_s',
  'dispatch_wait_s',
  'download_time_s',
  'upload_time_s',
  'memory_used_mb',
  'comm_bytes_up',
  'comm_bytes_down',
] as const;

const unpivot = (table: string, time: string, metrics: readonly string[]): string =>
  `SELECT t.run_id, t.client_id, t.round, t.${time} AS ts, m.metric, m.value
   FROM ${table} t CROSS JOIN LATERAL
     (VALUES ${metrics.map((name) => `('${name}', t.${name}::float8)`).join(', ')}) AS m(metric, value)
   WHERE m.value IS NOT NULL`;

export const qosTimeseries: ViewSpec = {
  name: 'qos_timeseries',
  description:
    'Every QoS value with its time, one row a value: the long form of telemetry and client rounds.',
  sql: `${unpivot('telemetry', 'sent_at', fromTelemetry)}
    UNION ALL ${unpivot('client_rounds', 'finished_at', fromClientRounds)}`,
  columns: {
    run_id: runId,
    client_id: clientId,
    round,
    ts: { type: 'timestamptz', provenance: 'measured', description: 'time of the value' },
    metric: { type: 'text', provenance: 'key', description: 'name of the column that the value comes from' },
    value: { type: 'float8', provenance: 'measured', description: 'value, in the unit of that column' },
  },
};
