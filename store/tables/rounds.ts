import { round, runId } from './key-columns.js';
import type { TableSpec } from './table-spec.js';

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
    global_loss: {
      type: 'float8',
      provenance: 'derived',
      description: 'loss of the global model on the whole test set',
    },
    global_accuracy: {
      type: 'float8',
      unit: 'ratio',
      provenance: 'derived',
      description: 'accuracy of the global model on the whole test set',
    },
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
