import type { NamedQuery } from './named-query.js';

export const roundDurations: NamedQuery = {
  name: 'round-durations',
  description: 'How long each round took and what its clients did of it.',
  sql: `SELECT round, duration_s, compute_time_s_p50, compute_time_s_p95, participating_clients, failed_clients
    FROM rounds_summary WHERE run_id = $1 ORDER BY round`,
};
