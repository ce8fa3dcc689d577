import { clientId, round, runId } from './key-columns.js';
import type { TableSpec } from './table-spec.js';

export const updateSignatures = {
  description:
    'One row per aggregated update: a short fingerprint, whose dot product with another of the same run estimates the cosine of the two updates.',
  key: ['run_id', 'round', 'client_id'],
  columns: {
    run_id: runId,
    round,
    client_id: clientId,
    signature: {
      type: 'int4[]',
      unit: '2^-30',
      provenance: 'derived',
      description:
        'count-sketch of what `update_norm` is the length of: 256 numbers, all together of length 1',
    },
  },
} as const satisfies TableSpec;
