import type { NamedQuery } from './named-query.js';

export const services: NamedQuery = {
  name: 'services',
  description: 'Every service of a run with its quality over all rounds.',
  sql: 'SELECT * FROM service_instances WHERE run_id = $1 ORDER BY client_id',
};
