import type { NamedQuery } from './named-query.js';

export const warnings: NamedQuery = {
  name: 'warnings',
  description: 'What went wrong in a run, in order.',
  sql: `SELECT ts, level, code, client_id, round, message
    FROM events WHERE run_id = $1 AND level <> 'info' ORDER BY seq`,
};
