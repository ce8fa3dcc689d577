import { clientId, runId } from './key-columns.js';
import type { TableSpec } from './table-spec.js';

export const clients = {
  description: 'One row per client of a run: its share of the training data.',
  key: ['run_id', 'client_id'],
  columns: {
    run_id: runId,
    client_id: clientId,
    agent: { type: 'text', provenance: 'derived', description: 'agent id on the broker, such as `c0007`' },
    samples_count: {
      type: 'int4',
      unit: 'samples',
      provenance: 'derived',
      description: 'training samples of the share',
    },
    data_distribution: {
      type: 'int4[]',
      unit: 'samples',
      provenance: 'derived',
      description: 'samples per class, class 0 first',
    },
    share_sha256: {
      type: 'text',
      provenance: 'derived',
      description: 'SHA-256 of the sample indices (uint32, little-endian)',
    },
  },
} as const satisfies TableSpec;
