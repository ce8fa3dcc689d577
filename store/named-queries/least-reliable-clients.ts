import type { NamedQuery } from './named-query.js';

export const leastReliableClients: NamedQuery = {
  name: 'least-reliable-clients',
  description: 'Clients by the share of rounds in which they delivered, the least reliable first.',
  sql: `SELECT client_id, agent, rounds_selected, rounds_participated, reliability
    FROM service_instances WHERE run_id = $1 ORDER BY reliability NULLS LAST, client_id`,
};
