import { settingReaders } from '#protocol';
import type { ColumnSpec, Provenance } from './columns.js';
import { tables } from './tables/index.js';

interface CsvColumn {
  readonly name: string;
  readonly group: 'Configuration' | 'Client' | 'Learning' | 'Reliability' | 'Measurements' | 'Time';
  readonly provenance: Provenance;
  readonly type: ColumnSpec['type'];
  readonly unit?: string | undefined;
  readonly domain?: ColumnSpec['domain'] | undefined;
  readonly direction?: ColumnSpec['direction'] | undefined;
  readonly description: string;
  /** SQL over `client_rounds cr`, `runs r`, `clients c` and, after the round's end, `rounds g`. */
  readonly sql: string;
}

const setting = (
  name: string,
  sql: string,
  description: string,
  type: ColumnSpec['type'] = 'text',
): CsvColumn => ({
  name,
  group: 'Configuration',
  type,
  provenance: 'configured',
  description,
  sql,
});

/** A setting of the run's configuration by its key there; empty where another setting leaves it without effect. */
function ofConfig(
  name: string,
  key: string,
  description: string,
  type: ColumnSpec['type'] = 'text',
): CsvColumn {
  const value = type === 'jsonb' ? `r.config->'${key}'` : `(r.config->>'${key}')::${type}`;
  const conditions = settingReaders
    .filter(([setting]) => setting === key)
    .map(
      ([, choice, values]) => `r.config->>'${choice}' IN (${values.map((each) => `'${each}'`).join(', ')})`,
    );
  const sql = conditions.length === 0 ? value : `CASE WHEN ${conditions.join(' AND ')} THEN ${value} END`;
  return setting(name, sql, description, type);
}

const fact = (scope: string, key: string): string =>
  `(SELECT p.value FROM run_params p WHERE p.run_id = cr.run_id AND p.scope = '${scope}' AND p.key = '${key}')`;

/** A column as a table describes it. */
function taken(group: CsvColumn['group'], name: string, column: ColumnSpec, sql: string): CsvColumn {
  const { type, unit, domain, direction, provenance, description } = column;
  return { name, group, type, unit, domain, direction, provenance, description, sql };
}

/** A column taken as it is from `client_rounds`. */
function own(group: CsvColumn['group'], name: keyof (typeof tables)['client_rounds']['columns']): CsvColumn {
  return taken(group, name, tables.client_rounds.columns[name], `cr.${name}`);
}

/** A column taken as it is from `rounds`: the same for all clients of a round. */
function ofRound(group: CsvColumn['group'], name: keyof (typeof tables)['rounds']['columns']): CsvColumn {
  return taken(group, name, tables.rounds.columns[name], `g.${name}`);
}

/** A column taken as it is from `clients`. */
function ofClient(name: keyof (typeof tables)['clients']['columns']): CsvColumn {
  return taken('Client', name, tables.clients.columns[name], `c.${name}`);
}

/** The columns of a run's CSV, in their order. New columns go to the end of their group. */
export const csvColumns: readonly CsvColumn[] = Object.freeze([
  { ...setting('run_id', 'cr.run_id', 'run'), provenance: 'key' as const },
  setting('run_name', 'r.name', 'name given by the user or made up'),
  setting('dataset', 'r.dataset', 'training and test data'),
  setting('strategy', 'r.strategy', 'partition strategy'),
  setting('distribution_param', 'r.distribution_param', 'its parameter, where it takes one', 'float8'),
  setting('seed', 'r.seed', 'seed of every random stream', 'int8'),
  setting('clients', 'r.clients', 'clients of the fleet', 'int4'),
  setting('rounds', 'r.rounds', 'rounds asked for', 'int4'),
  setting('task_type', 'r.task_type', '`classification`, `regression` or `clustering`'),
  setting('model_type', 'r.model_type', 'model family'),
  ofConfig('hidden_layers', 'hiddenLayers', 'widths of the hidden layers, as JSON', 'jsonb'),
  ofConfig('optimizer', 'optimizer', 'local optimiser'),
  ofConfig('learning_rate', 'learningRate', 'step size of the local optimiser', 'float8'),
  ofConfig('batch_size', 'batchSize', 'samples a training step', 'int4'),
  ofConfig('epochs_per_round', 'epochsPerRound', 'passes over the local data a round', 'int4'),
  setting('composition', 'r.composition', 'composition strategy: who takes part in a round'),
  setting('engine', fact('engine', 'name'), 'training engine that was used'),
  setting('config_sha256', 'r.config_sha256', tables.runs.columns.config_sha256.description),
  ofConfig(
    'sample_size',
    'sampleSize',
    'training samples that all clients share, where so asked for',
    'int8',
  ),
  ofConfig('sample_frac', 'sampleFrac', 'the same as a share of the training data', 'float8'),
  ofConfig('client_dropout_rate', 'clientDropoutRate', 'chance of a chosen client to drop out', 'float8'),
  ofConfig('aggregation', 'aggregation', 'aggregation strategy'),
  ofConfig('server_learning_rate', 'serverLearningRate', 'step size of the server’s optimiser', 'float8'),
  ofConfig('server_momentum', 'serverMomentum', 'its momentum', 'float8'),
  ofConfig('byzantine_share', 'byzantineShare', 'share of clients that the strategy withstands', 'float8'),
  ofConfig('activation', 'activation', 'activation of the hidden layers'),
  ofConfig('dropout', 'dropout', 'share of hidden units dropped in training', 'float8'),
  ofConfig('conv_filters', 'convFilters', 'filters of the convolutions, as JSON', 'jsonb'),
  ofConfig('momentum', 'momentum', 'momentum of the local optimiser', 'float8'),
  ofConfig('weight_decay', 'weightDecay', 'weight decay of the local optimiser', 'float8'),
  ofConfig('clip_norm', 'clipNorm', 'largest norm of a step’s gradients', 'float8'),
  ofConfig('proximal_mu', 'proximalMu', 'weight of FedProx’s proximal term', 'float8'),
  ofConfig(
    'early_stopping_patience',
    'earlyStoppingPatience',
    'epochs without progress that end a training',
    'int4',
  ),
  ofConfig('n_estimators', 'nEstimators', 'trees of the forest after the last round', 'int4'),
  ofConfig('max_depth', 'maxDepth', 'splits from root to leaf at most', 'int4'),
  ofConfig('clusters', 'clusters', 'clusters asked for', 'int4'),
  ofConfig('init', 'init', 'how first centroids are drawn'),
  ofConfig('n_init', 'nInit', 'starts, the best of which is kept', 'int4'),
  ofConfig('max_iter', 'maxIter', 'Lloyd iterations of a start at most', 'int4'),
  ofConfig('tol', 'tol', 'movement of centroids that ends a start', 'float8'),
  own('Client', 'round'),
  own('Client', 'client_id'),
  own('Client', 'samples_count'),
  {
    name: 'data_distribution',
    group: 'Client',
    type: 'int4[]',
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
  own('Learning', 'f1'),
  own('Learning', 'balanced_accuracy'),
  own('Learning', 'rmse'),
  own('Learning', 'mae'),
  own('Learning', 'r2'),
  own('Learning', 'silhouette'),
  own('Learning', 'inertia'),
  own('Learning', 'metric_score'),
  own('Learning', 'test_loss_before'),
  own('Learning', 'test_metric_score_before'),
  own('Learning', 'train_loss_before'),
  own('Learning', 'train_metric_score_before'),
  own('Learning', 'train_loss_after'),
  own('Learning', 'train_metric_score_after'),
  own('Learning', 'update_norm'),
  own('Learning', 'params_count'),
  own('Learning', 'staleness_rounds'),
  ofRound('Learning', 'global_loss'),
  ofRound('Learning', 'global_accuracy'),
  ofRound('Learning', 'global_f1'),
  ofRound('Learning', 'global_balanced_accuracy'),
  ofRound('Learning', 'global_rmse'),
  ofRound('Learning', 'global_mae'),
  ofRound('Learning', 'global_r2'),
  ofRound('Learning', 'global_silhouette'),
  ofRound('Learning', 'global_inertia'),
  ofRound('Learning', 'global_metric_score'),
  own('Learning', 'epochs'),
  ofRound('Learning', 'global_aux_metric'),
  own('Reliability', 'selected_flag'),
  own('Reliability', 'participated_flag'),
  own('Reliability', 'fail_reason'),
  own('Reliability', 'availability_flag'),
  own('Measurements', 'compute_time_s'),
  own('Measurements', 'evaluate_time_s'),
  own('Measurements', 'dispatch_wait_s'),
  own('Measurements', 'download_time_s'),
  own('Measurements', 'serialize_time_s'),
  own('Measurements', 'upload_time_s'),
  own('Measurements', 'aggregation_wait_s'),
  ofRound('Measurements', 'aggregate_time_s'),
  own('Measurements', 'inference_requests'),
  own('Measurements', 'inference_latency_mean_ms'),
  own('Measurements', 'inference_latency_p50_ms'),
  own('Measurements', 'inference_latency_p95_ms'),
  own('Measurements', 'inference_latency_p99_ms'),
  own('Measurements', 'inference_throughput'),
  own('Measurements', 'cpu_time_s'),
  own('Measurements', 'cpu_utilization'),
  own('Measurements', 'memory_used_mb'),
  own('Measurements', 'memory_utilization'),
  own('Measurements', 'comm_bytes_up'),
  own('Measurements', 'comm_bytes_down'),
  // In the table the start is part of the key; what it says is a clock's reading.
  { ...own('Time', 'started_at'), provenance: 'measured' as const },
  own('Time', 'finished_at'),
]);
