import { round, runId } from './key-columns.js';
import { count, testQuality } from './measures.js';
import type { TableSpec } from './table-spec.js';

const of = testQuality('the global model');
const globalQuality = {
  global_loss: of.loss,
  global_accuracy: of.accuracy,
  global_f1: of.f1,
  global_balanced_accuracy: of.balanced_accuracy,
  global_rmse: of.rmse,
  global_mae: of.mae,
  global_r2: of.r2,
  global_silhouette: of.silhouette,
  global_inertia: of.inertia,
  global_metric_score: of.metric_score,
  global_aux_metric: {
    type: 'float8',
    nullable: true,
    domain: 'quality',
    provenance: 'derived',
    description:
      'a second measure of the global model on the test set: `global_f1`, `global_rmse` or `global_inertia`, by the task',
  },
} as const;

export const rounds = {
  description: 'One row per finished round.',
  key: ['run_id', 'round'],
  columns: {
    run_id: runId,
    round,
    started_at: { type: 'timestamptz', provenance: 'measured', description: 'start of the round' },
    finished_at: { type: 'timestamptz', provenance: 'measured', description: 'end of the round' },
    scheduled_clients: {
      type: 'int4',
      unit: 'clients',
      provenance: 'derived',
      description: 'clients that were chosen',
    },
    attempted_clients: {
      type: 'int4',
      nullable: true,
      unit: 'clients',
      provenance: 'measured',
      description: 'chosen clients that were available and were sent to work',
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
    ...globalQuality,
    params_count: count('numbers', 'numbers in the global model'),
    weights_sha256: {
      type: 'text',
      provenance: 'derived',
      description: 'SHA-256 of the global weights after aggregation (float32, little-endian)',
    },
    collect_time_s: {
      type: 'float8',
      unit: 's',
      provenance: 'measured',
      description: 'from the round plan to the last update or the deadline',
    },
    aggregate_time_s: { type: 'float8', unit: 's', provenance: 'measured', description: 'aggregation' },
    evaluate_time_s: {
      type: 'float8',
      unit: 's',
      provenance: 'measured',
      description: 'evaluation of the global model',
    },
  },
} as const satisfies TableSpec;
