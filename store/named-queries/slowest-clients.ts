import type { NamedQuery } from './named-query.js';

export const slowestClients: NamedQuery = {
  name: 'slowest-clients',
  description: 'Clients by their median response time, the slowest first.',
  sql: `SELECT client_id, agent, rounds_participated, response_time_s_p50, response_time_s_p95, compute_time_s_mean,
      upload_time_s_mean
    FROM service_instances WHERE run_id = $1
    ORDER BY response_time_s_p50 DESC NULLS LAST, client_id`,
};
