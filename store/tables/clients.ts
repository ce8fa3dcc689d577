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
    size_share: {
      type: 'float8',
      unit: 'ratio',
      provenance: 'derived',
      description: 'share of the samples of all clients',
    },
    effective_classes: {
      type: 'float8',
      unit: 'classes',
      provenance: 'derived',
      description: '2 to the power of the label entropy in bits: 1 for one class, K for K equal ones',
    },
    label_kl_bits: {
      type: 'float8',
      nullable: true,
      unit: 'bit',
      provenance: 'derived',
      description: 'Kullback-Leibler divergence of the client’s labels from those of all clients',
    },
    label_js_bits: {
      type: 'float8',
      nullable: true,
      unit: 'bit',
      provenance: 'derived',
      description: 'Jensen-Shannon divergence of the client’s labels and those of all clients, at most 1',
    },
    share_sha256: {
      type: 'text',
      provenance: 'derived',
      description: 'SHA-256 of the sample indices (uint32, little-endian)',
    },
  },
} as const satisfies TableSpec;
