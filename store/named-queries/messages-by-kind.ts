import type { NamedQuery } from './named-query.js';

export const messagesByKind: NamedQuery = {
  name: 'messages-by-kind',
  description: 'MQTT messages of each kind: how many, how many bytes, and how long agents’ messages took.',
  sql: `SELECT direction, kind, count(*) AS messages, sum(bytes)::int8 AS bytes,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) AS latency_ms_p50,
      percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS latency_ms_p95,
      max(latency_ms) AS latency_ms_max
    FROM messages WHERE run_id = $1 GROUP BY direction, kind ORDER BY bytes DESC, kind`,
};
