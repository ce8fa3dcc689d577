import type { Provenance } from './columns.js';
import { tables } from './tables/index.js';

interface CsvColumn {
  readonly name: string;
  readonly group: 'Configuration' | 'Client' | 'Learning' | 'Reliability' | 'Measurements' | 'Time';
  readonly provenance: Provenance;
  readonly unit?: string | undefined;
  readonly description: string;
  /** SQL over `client_rounds cr`, `runs r`, `clients c` and, after the round's end, `rounds g`. */
  readonly sql: string;
}

const setting = (name: string, sql: string, description: string): CsvColumn => ({
  name,
  group: 'Configuration',
  provenance: 'configured',
  description,
  sql,
});

const fact = (scope: string, key: string): string =>
  `(SELECT p.value FROM run_params p WHERE p.run_id = cr.run_id AND p.scope = '${scope}' AND p.key = '${key}')`;

/** A column taken as it is from `client_rounds`, with that table's unit, provenance and description. */
function own(group: CsvColumn['group'], name: keyof (typeof tables)['client_rounds']['columns']): CsvColumn {
  const column = tables.client_rounds.columns[name];
  return {
    name,
    group,
    provenance: column.provenance,
    unit: 'unit' in column ? column.unit : undefined,
    description: column.description,
    sql: `cr.${name}`,
  };
}

/** A column taken as it is from `clients`. */
function ofClient(name: keyof (typeof tables)['clients']['columns']): CsvColumn {
  const column = tables.clients.columns[name];
  return {
    name,
    group: 'Client',
    provenance: column.provenance,
    unit: 'unit' in column ? column.unit : undefined,
    description: column.description,
    sql: `c.${name}`,
  };
}

/** The columns of a run's CSV, in their order. New columns go to the end of their group. */
export const csvColumns: readonly CsvColumn[] = Object.freeze([
  { ...setting('run_id', 'cr.run_id', 'run'), provenance: 'key' as const },
  setting('run_name', 'r.name', 'name given by the user or made up'),
  setting('dataset', 'r.dataset', 'training and test data'),
  setting('strategy', 'r.strategy', 'partition strategy'),
  setting('distribution_param', 'r.distribution_param', 'its parameter, where it takes one'),
  setting('seed', 'r.seed', 'seed of every random stream'),
  setting('clients', 'r.clients', 'clients of the fleet'),
  setting('rounds', 'r.rounds', 'rounds asked for'),
  setting('model', fact('model', 'family'), 'model family'),
  setting('hidden_layers', `r.config->'hiddenLayers'`, 'widths of the hidden layers, as JSON'),
  setting('optimizer', `r.config->>'optimizer'`, 'local optimiser'),
  setting('learning_rate', `(r.config->>'learningRate')::float8`, 'step size of the local optimiser'),
  setting('batch_size', `(r.config->>'batchSize')::int4`, 'samples a training step'),
  setting('epochs_per_round', `(r.config->>'epochsPerRound')::int4`, 'passes over the local data a round'),
  setting('composition', 'r.composition', 'composition strategy: who takes part in a round'),
  setting('engine', fact('engine', 'name'), 'training engine that was used'),
  own('Client', 'round'),
  own('Client', 'client_id'),
  own('Client', 'samples_count'),
  {
    name: 'data_distribution',
    group: 'Client',
    provenance: 'derived',
    unit: 'samples',
    description: 'training samples per class, class 0 first, as JSON',
    sql: 'c.data_distribution',
  },
  ofClient('size_share'),
  ofClient('effective_classes'),
  ofClient('label_kl_bits'),
  ofClient('label_js_bits'),
  own('Learning', 'steps'),
  own('Learning', 'train_loss'),
  own('Learning', 'loss'),
  own('Learning', 'accuracy'),
  own('Learning', 'update_norm'),
  {
    name: 'global_loss',
    group: 'Learning',
    provenance: 'derived',
    description: 'loss of the round’s global model on the whole test set',
    sql: 'g.global_loss',
  },
  {
    name: 'global_accuracy',
    group: 'Learning',
    provenance: 'derived',
    unit: 'ratio',
    description: 'accuracy of the round’s global model on the whole test set',
    sql: 'g.global_accuracy',
  },
  own('Reliability', 'selected_flag'),
  own('Reliability', 'participated_flag'),
  own('Reliability', 'fail_reason'),
  own('Measurements', 'compute_time_s'),
  own('Measurements', 'evaluate_time_s'),
  own('Measurements', 'dispatch_wait_s'),
  own('Measurements', 'download_time_s'),
  own('Measurements', 'upload_time_s'),
  own('Measurements', 'cpu_time_s'),
  own('Measurements', 'memory_used_mb'),
  own('Measurements', 'comm_bytes_up'),
  own('Measurements', 'comm_bytes_down'),
  // In the table the start is part of the key; what it says is a clock's reading.
  { ...own('Time', 'started_at'), provenance: 'measured' as const },
  own('Time', 'finished_at'),
]);
