import { clientId, runId } from './key-columns.js';
import type { TableSpec } from './table-spec.js';

export const partitionMap = {
  description:
    'One row per client of a run: which training samples it has. `unnest(sample_indices)` gives one row a sample.',
  key: ['run_id', 'client_id'],
  columns: {
    run_id: runId,
    client_id: clientId,
    sample_indices: {
      type: 'int4[]',
      provenance: 'derived',
      description:
        'positions in the dataset’s training set, from 0: ascending, under `temporal_drift` in the order of the client’s stream',
    },
  },
} as const satisfies TableSpec;
