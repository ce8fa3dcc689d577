import type { NamedQuery } from './named-query.js';

export const failuresByReason: NamedQuery = {
  name: 'failures-by-reason',
  description: 'Why chosen clients delivered no usable update, and how often.',
  sql: `SELECT fail_reason, count(*) AS times, count(DISTINCT client_id) AS clients
    FROM client_rounds WHERE run_id = $1 AND selected_flag AND NOT participated_flag
    GROUP BY fail_reason ORDER BY times DESC, fail_reason`,
};
