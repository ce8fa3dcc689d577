import type { NamedQuery } from './named-query.js';

export const lostTelemetry: NamedQuery = {
  name: 'lost-telemetry',
  description:
    'Telemetry messages that never arrived, by client and start of its process: gaps in their numbers, which count from 0.',
  sql: `SELECT client_id, boot, count(*) AS received, max(seq) + 1 - count(*) AS lost
    FROM telemetry WHERE run_id = $1 GROUP BY client_id, boot ORDER BY lost DESC, client_id, boot`,
};
