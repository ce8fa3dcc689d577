import type { NamedQuery } from './named-query.js';

export const labelSkew: NamedQuery = {
  name: 'label-skew',
  description: 'How uneven each client’s classes are: its largest class as a share of its samples.',
  sql: `SELECT client_id, sum(samples_count)::int8 AS samples_count, count(*) FILTER (WHERE samples_count > 0) AS classes,
      max(samples_share) AS largest_share
    FROM partition_matrix WHERE run_id = $1 GROUP BY client_id ORDER BY largest_share DESC NULLS LAST, client_id`,
};
