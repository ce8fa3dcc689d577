import type { TableSpec } from './table-spec.js';

export const runs = {
  description: 'One row per run.',
  key: ['run_id'],
  updatable: [
    'status',
    'finished_at',
    'reason',
    'rounds_finished',
    'global_accuracy',
    'global_loss',
    'weights_sha256',
  ],
  columns: {
    run_id: { type: 'text', provenance: 'key', description: 'run' },
    name: { type: 'text', provenance: 'configured', description: 'name given by the user or made up' },
    status: {
      type: 'text',
      provenance: 'measured',
      description: '`running`, `finished`, `failed` or `interrupted`',
    },
    reason: {
      type: 'text',
      nullable: true,
      provenance: 'measured',
      description: 'why the run failed or was interrupted',
    },
    created_at: { type: 'timestamptz', provenance: 'measured', description: 'start of the run' },
    finished_at: {
      type: 'timestamptz',
      nullable: true,
      provenance: 'measured',
      description: 'end of the run',
    },
    config: {
      type: 'jsonb',
      provenance: 'configured',
      description: 'the whole run configuration; passwords in URLs are left out',
    },
    config_sha256: {
      type: 'text',
      provenance: 'configured',
      description: 'SHA-256 of the experiment’s fields: equal where learning results must be equal',
    },
    code_version: { type: 'text', provenance: 'configured', description: 'version of mlaas-fleet' },
    dataset: { type: 'text', provenance: 'configured', description: 'training and test data' },
    strategy: { type: 'text', provenance: 'configured', description: 'partition strategy' },
    distribution_param: {
      type: 'float8',
      provenance: 'configured',
      description: 'parameter of the partition strategy; without meaning for `iid`',
    },
    composition: { type: 'text', provenance: 'configured', description: 'composition strategy' },
    seed: { type: 'int8', provenance: 'configured', description: 'seed of every random stream' },
    clients: { type: 'int4', provenance: 'configured', description: 'clients of the fleet' },
    rounds: { type: 'int4', provenance: 'configured', description: 'rounds asked for' },
    rounds_finished: { type: 'int4', provenance: 'measured', description: 'rounds that were finished' },
    global_accuracy: {
      type: 'float8',
      nullable: true,
      unit: 'ratio',
      provenance: 'derived',
      description: 'accuracy of the last global model on the whole test set',
    },
    global_loss: {
      type: 'float8',
      nullable: true,
      provenance: 'derived',
      description: 'loss of the last global model on the whole test set',
    },
    weights_sha256: {
      type: 'text',
      nullable: true,
      provenance: 'derived',
      description: 'SHA-256 of the last global weights (float32, little-endian)',
    },
  },
} as const satisfies TableSpec;
