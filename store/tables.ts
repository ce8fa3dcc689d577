import { type ColumnSpec, type ColumnValue, fitsColumn } from './columns.js';

interface TableSpec {
  readonly description: string;
  /** Primary key: what makes writing a row twice harmless. */
  readonly key: readonly string[];
  /** Columns that a later row of the same key replaces; without them the first row stays. */
  readonly updatable?: readonly string[];
  readonly columns: Readonly<Record<string, ColumnSpec>>;
}

const runId = { type: 'text', provenance: 'key', description: 'run, see `runs`' } as const;
const round = { type: 'int4', provenance: 'key', description: 'round, from 1' } as const;
const clientId = { type: 'int4', provenance: 'key', description: 'client, from 0' } as const;

/**
 * Every table of the store with its columns: the one description from which row types, the COPY
 * encoder, `docs/schema.md` and the test of the migrated database come. A table stands after the
 * tables that it refers to.
 *
 * The keys of `client_rounds`, `telemetry` and `events` contain a time column, because a TimescaleDB
 * hypertable wants it in every unique key; it is one that the writer of the record sets once, so a
 * redelivered record has the same key.
 */
export const tables = {
  runs: {
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
  },
  run_params: {
    description: 'The run’s configuration and facts, one row per value, to join and filter by.',
    key: ['run_id', 'scope', 'key'],
    columns: {
      run_id: runId,
      scope: {
        type: 'text',
        provenance: 'key',
        description:
          '`experiment` or `deployment` (configuration), or the subject of a fact: `engine`, `model`, `machine`',
      },
      key: { type: 'text', provenance: 'key', description: 'name of the field or fact' },
      value: {
        type: 'text',
        provenance: 'configured',
        description: 'value; lists as JSON. Facts are read from the machine and the program',
      },
    },
  },
  clients: {
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
  },
  compositions: {
    description: 'One row per round: the composition step’s decision on who takes part.',
    key: ['run_id', 'round'],
    columns: {
      run_id: runId,
      round,
      ts: { type: 'timestamptz', provenance: 'measured', description: 'time of the decision' },
      strategy: { type: 'text', provenance: 'configured', description: 'composition strategy' },
      eligible: { type: 'int4[]', provenance: 'measured', description: 'clients that could be chosen' },
      chosen: { type: 'int4[]', provenance: 'derived', description: 'clients that were chosen' },
    },
  },
  rounds: {
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
  },
  client_rounds: {
    description: 'One row per client and round: what the client did, how well, and what it took.',
    key: ['run_id', 'round', 'client_id', 'started_at'],
    columns: {
      run_id: runId,
      round,
      client_id: clientId,
      ts: { type: 'timestamptz', provenance: 'measured', description: 'when the aggregator recorded it' },
      started_at: { type: 'timestamptz', provenance: 'key', description: 'start of the client’s part' },
      finished_at: { type: 'timestamptz', provenance: 'measured', description: 'end of the client’s part' },
      selected_flag: {
        type: 'bool',
        provenance: 'derived',
        description: 'whether the composition step chose the client',
      },
      participated_flag: {
        type: 'bool',
        provenance: 'measured',
        description: 'whether its update was aggregated',
      },
      fail_reason: {
        type: 'text',
        nullable: true,
        provenance: 'measured',
        description: 'why it did not take part',
      },
      samples_count: {
        type: 'int4',
        unit: 'samples',
        provenance: 'derived',
        description: 'training samples of the client',
      },
      steps: {
        type: 'int4',
        nullable: true,
        unit: 'steps',
        provenance: 'derived',
        description: 'training steps',
      },
      train_loss: {
        type: 'float8',
        nullable: true,
        provenance: 'derived',
        description: 'mean loss over the training steps',
      },
      loss: {
        type: 'float8',
        nullable: true,
        provenance: 'derived',
        description: 'loss of the local model on the whole test set',
      },
      accuracy: {
        type: 'float8',
        nullable: true,
        unit: 'ratio',
        provenance: 'derived',
        description: 'accuracy of the local model on the whole test set',
      },
      update_norm: {
        type: 'float8',
        nullable: true,
        provenance: 'derived',
        description: 'L2 norm of local weights minus global weights',
      },
      compute_time_s: {
        type: 'float8',
        nullable: true,
        unit: 's',
        provenance: 'measured',
        description: 'local training',
      },
      evaluate_time_s: {
        type: 'float8',
        nullable: true,
        unit: 's',
        provenance: 'measured',
        description: 'evaluation of the local model',
      },
      dispatch_wait_s: {
        type: 'float8',
        nullable: true,
        unit: 's',
        provenance: 'measured',
        description: 'waiting for a free core',
      },
      download_time_s: {
        type: 'float8',
        nullable: true,
        unit: 's',
        provenance: 'measured',
        description: 'receiving the global model',
      },
      upload_time_s: {
        type: 'float8',
        nullable: true,
        unit: 's',
        provenance: 'measured',
        description: 'sending the update until the broker acknowledged it',
      },
      cpu_time_s: {
        type: 'float8',
        nullable: true,
        unit: 's',
        provenance: 'measured',
        description: 'CPU time, user and system, of the client’s process in the round',
      },
      memory_used_mb: {
        type: 'float8',
        nullable: true,
        unit: 'MB',
        provenance: 'measured',
        description: 'resident memory of the client’s process after training',
      },
      comm_bytes_up: {
        type: 'int8',
        nullable: true,
        unit: 'bytes',
        provenance: 'measured',
        description: 'bytes that the client sent in the round',
      },
      comm_bytes_down: {
        type: 'int8',
        nullable: true,
        unit: 'bytes',
        provenance: 'measured',
        description: 'bytes that the client received in the round',
      },
    },
  },
  telemetry: {
    description: 'One row per telemetry message of an agent; gaps in `seq` are lost messages.',
    key: ['run_id', 'client_id', 'boot', 'seq', 'sent_at'],
    columns: {
      run_id: runId,
      client_id: clientId,
      boot: {
        type: 'int8',
        unit: 'ms since 1970',
        provenance: 'key',
        description: 'start of the agent’s process; `seq` counts from 0 in each',
      },
      seq: { type: 'int8', provenance: 'key', description: 'number of the message' },
      ts: { type: 'timestamptz', provenance: 'measured', description: 'when the aggregator received it' },
      sent_at: {
        type: 'timestamptz',
        provenance: 'key',
        description: 'when the agent sent it, by its clock',
      },
      round: { type: 'int4', provenance: 'measured', description: 'round that the agent was in' },
      phase: { type: 'text', provenance: 'measured', description: 'what the agent was doing' },
      cpu_time_s: {
        type: 'float8',
        unit: 's',
        provenance: 'measured',
        description: 'CPU time, user and system, since the process started',
      },
      cpu_utilization: {
        type: 'float8',
        unit: 'cores',
        provenance: 'measured',
        description: 'CPU time over wall time since the last message',
      },
      rss_mb: { type: 'float8', unit: 'MB', provenance: 'measured', description: 'resident memory' },
      queue_length: {
        type: 'int8',
        unit: 'messages',
        provenance: 'measured',
        description: 'MQTT messages that wait to be sent or acknowledged',
      },
      bytes_sent: {
        type: 'int8',
        unit: 'bytes',
        provenance: 'measured',
        description: 'sent since the process started',
      },
      bytes_received: {
        type: 'int8',
        unit: 'bytes',
        provenance: 'measured',
        description: 'received since the process started',
      },
      latency_ms: {
        type: 'float8',
        unit: 'ms',
        provenance: 'measured',
        description: '`ts` minus `sent_at`; includes the difference of the clocks between machines',
      },
    },
  },
  events: {
    description: 'Everything else that happened in a run, in order.',
    key: ['run_id', 'seq', 'ts'],
    columns: {
      run_id: runId,
      seq: { type: 'int8', provenance: 'key', description: 'number of the event in the run, from 0' },
      ts: { type: 'timestamptz', provenance: 'key', description: 'time of the event' },
      type: {
        type: 'text',
        provenance: 'measured',
        description:
          '`run-started`, `agent-state`, `round-state`, `broker`, `log`, `run-finished`, or `recorder` (records that could not be kept)',
      },
      level: { type: 'text', provenance: 'measured', description: '`info`, `warn` or `error`' },
      code: {
        type: 'text',
        provenance: 'measured',
        description: 'state, status, counter’s source or log code, by type',
      },
      client_id: {
        type: 'int4',
        nullable: true,
        provenance: 'measured',
        description: 'client that the event is about',
      },
      round: {
        type: 'int4',
        nullable: true,
        provenance: 'measured',
        description: 'round that the event is about',
      },
      message: { type: 'text', nullable: true, provenance: 'measured', description: 'text for people' },
      detail: { type: 'jsonb', nullable: true, provenance: 'measured', description: 'further values' },
    },
  },
} as const satisfies Record<string, TableSpec>;

export type TableName = keyof typeof tables;

type Columns<T extends TableName> = (typeof tables)[T]['columns'];

/** A row of a table, every column given; null where the column allows it. */
export type Row<T extends TableName> = {
  readonly [C in keyof Columns<T>]: Columns<T>[C] extends ColumnSpec ? ColumnValue<Columns<T>[C]> : never;
};

/** Rows of several tables that are stored together or not at all. */
export type RowBatch = { readonly [T in TableName]?: readonly Row<T>[] };

/** The names of all tables; a table stands after those that it refers to. */
export const tableNames = Object.freeze(
  // Object.keys loses the literal type; the keys are exactly those of the constant above.
  Object.keys(tables) as TableName[],
);

/** A table's description without its literal types. */
export function tableSpec(table: TableName): TableSpec {
  return tables[table];
}

/** The first column whose value the database cannot hold, or undefined when the row is sound. */
export function unfitColumn(table: TableName, row: Readonly<Record<string, unknown>>): string | undefined {
  return Object.entries(tableSpec(table).columns).find(
    ([name, column]) => !fitsColumn(column, row[name]),
  )?.[0];
}
