import type { NamedQuery } from './named-query.js';

export const latencyByMinute: NamedQuery = {
  name: 'latency-by-minute',
  description: 'Latency of telemetry over the whole fleet, minute by minute.',
  sql: `SELECT bucket, messages, latency_ms_mean, latency_ms_p50, latency_ms_p95, latency_ms_max
    FROM telemetry_1m WHERE run_id = $1 ORDER BY bucket`,
};
