/** A question that is often asked of a run. */
export interface NamedQuery {
  readonly name: string;
  readonly title: string;
  /** @param run the run's id, quoted as SQL text */
  readonly sql: (run: string) => string;
}

export const namedQueries: readonly NamedQuery[] = [
  {
    name: 'learning-curve',
    title: 'Accuracy and loss by round',
    sql: (run) => `SELECT round, global_accuracy, global_loss, participating_clients, failed_clients
FROM rounds
WHERE run_id = ${run}
ORDER BY round`,
  },
  {
    name: 'slowest-clients',
    title: 'Clients by mean compute time',
    sql: (run) => `SELECT client_id, count(*) AS rounds, avg(compute_time_s) AS mean_compute_time_s,
  max(compute_time_s) AS max_compute_time_s
FROM client_rounds
WHERE run_id = ${run} AND participated_flag
GROUP BY client_id
ORDER BY mean_compute_time_s DESC
LIMIT 20`,
  },
  {
    name: 'fail-reasons',
    title: 'Why clients failed',
    sql: (run) => `SELECT fail_reason, count(*) AS times, count(DISTINCT client_id) AS clients
FROM client_rounds
WHERE run_id = ${run} AND selected_flag AND NOT participated_flag
GROUP BY fail_reason
ORDER BY times DESC`,
  },
  {
    name: 'time-of-a-round',
    title: 'What a round’s time went into',
    sql: (run) => `SELECT round, collect_time_s, aggregate_time_s, evaluate_time_s
FROM rounds
WHERE run_id = ${run}
ORDER BY round`,
  },
  {
    name: 'telemetry-latency',
    title: 'Latency of telemetry in buckets of ten seconds',
    sql: (run) => `SELECT date_bin('10 seconds', ts, TIMESTAMPTZ '2000-01-03 00:00+00') AS bucket,
  count(*) AS messages, avg(latency_ms) AS mean_ms,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95_ms
FROM telemetry
WHERE run_id = ${run}
GROUP BY bucket
ORDER BY bucket`,
  },
];
