import { round, runId } from '../tables/key-columns.js';
import type { ViewSpec } from './view-spec.js';

export const roundsSummary: ViewSpec = {
  name: 'rounds_summary',
  description: 'One row per finished round: the global model beside its clients’ results and effort.',
  sql: `SELECT r.run_id, r.round, r.started_at, extract(epoch FROM r.finished_at - r.started_at)::float8 AS duration_s,
      r.scheduled_clients, r.participating_clients, r.failed_clients, r.global_accuracy, r.global_loss,
      c.accuracy_mean, c.accuracy_min, c.accuracy_max, c.compute_time_s_p50, c.compute_time_s_p95,
      c.comm_bytes_up, c.comm_bytes_down
    FROM rounds r LEFT JOIN LATERAL (
      SELECT avg(accuracy) AS accuracy_mean, min(accuracy) AS accuracy_min, max(accuracy) AS accuracy_max,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY compute_time_s) AS compute_time_s_p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY compute_time_s) AS compute_time_s_p95,
        sum(comm_bytes_up)::int8 AS comm_bytes_up, sum(comm_bytes_down)::int8 AS comm_bytes_down
      FROM client_rounds WHERE run_id = r.run_id AND round = r.round AND participated_flag) c ON true`,
  columns: {
    run_id: runId,
    round,
    started_at: { type: 'timestamptz', provenance: 'measured', description: 'start of the round' },
    duration_s: {
      type: 'float8',
      unit: 's',
      provenance: 'measured',
      description: 'from its start to its end',
    },
    scheduled_clients: {
      type: 'int4',
      unit: 'clients',
      provenance: 'derived',
      description: 'clients that were chosen',
    },
    participating_clients: {
      type: 'int4',
      unit: 'clients',
      provenance: 'measured',
      description: 'clients whose update was aggregated',
    },
    failed_clients: {
      type: 'int4',
      unit: 'clients',
      provenance: 'measured',
      description: 'chosen clients without a usable update',
    },
    global_accuracy: {
      type: 'float8',
      nullable: true,
      unit: 'ratio',
      provenance: 'derived',
      description: 'classification: accuracy of the global model on the whole test set',
    },
    global_loss: { type: 'float8', nullable: true, provenance: 'derived', description: 'its loss' },
    accuracy_mean: {
      type: 'float8',
      nullable: true,
      unit: 'ratio',
      provenance: 'derived',
      description: 'mean accuracy of the participants’ local models',
    },
    accuracy_min: {
      type: 'float8',
      nullable: true,
      unit: 'ratio',
      provenance: 'derived',
      description: 'the lowest of them',
    },
    accuracy_max: {
      type: 'float8',
      nullable: true,
      unit: 'ratio',
      provenance: 'derived',
      description: 'the highest of them',
    },
    compute_time_s_p50: {
      type: 'float8',
      nullable: true,
      unit: 's',
      provenance: 'measured',
      description: 'median of the participants’ local training',
    },
    compute_time_s_p95: {
      type: 'float8',
      nullable: true,
      unit: 's',
      provenance: 'measured',
      description: '95th percentile of it',
    },
    comm_bytes_up: {
      type: 'int8',
      nullable: true,
      unit: 'bytes',
      provenance: 'measured',
      description: 'bytes that the participants sent',
    },
    comm_bytes_down: {
      type: 'int8',
      nullable: true,
      unit: 'bytes',
      provenance: 'measured',
      description: 'bytes that they received',
    },
  },
};
