import type { NamedQuery } from './named-query.js';

export const trafficByClient: NamedQuery = {
  name: 'traffic-by-client',
  description: 'Bytes that each client sent and received, the most first.',
  sql: `SELECT client_id, agent, comm_bytes_up, comm_bytes_down
    FROM service_instances WHERE run_id = $1
    ORDER BY coalesce(comm_bytes_up, 0) + coalesce(comm_bytes_down, 0) DESC, client_id`,
};
