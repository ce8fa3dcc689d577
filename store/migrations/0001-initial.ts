/** The first schema. Plain PostgreSQL, so that PGlite, PostgreSQL 15+ and TimescaleDB all run it. */
export const initial = `
CREATE TABLE runs (
  run_id text PRIMARY KEY,
  name text NOT NULL,
  status text NOT NULL,
  reason text,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  config jsonb NOT NULL,
  config_sha256 text NOT NULL,
  code_version text NOT NULL,
  dataset text NOT NULL,
  strategy text NOT NULL,
  distribution_param float8 NOT NULL,
  composition text NOT NULL,
  seed int8 NOT NULL,
  clients int4 NOT NULL,
  rounds int4 NOT NULL,
  rounds_finished int4 NOT NULL,
  global_accuracy float8,
  global_loss float8,
  weights_sha256 text
);

CREATE TABLE run_params (
  run_id text NOT NULL REFERENCES runs,
  scope text NOT NULL,
  key text NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (run_id, scope, key)
);

CREATE TABLE clients (
  run_id text NOT NULL REFERENCES runs,
  client_id int4 NOT NULL,
  agent text NOT NULL,
  samples_count int4 NOT NULL,
  data_distribution int4[] NOT NULL,
  share_sha256 text NOT NULL,
  PRIMARY KEY (run_id, client_id)
);

CREATE TABLE compositions (
  run_id text NOT NULL REFERENCES runs,
  round int4 NOT NULL,
  ts timestamptz NOT NULL,
  strategy text NOT NULL,
  eligible int4[] NOT NULL,
  chosen int4[] NOT NULL,
  PRIMARY KEY (run_id, round)
);

CREATE TABLE rounds (
  run_id text NOT NULL REFERENCES runs,
  round int4 NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  scheduled_clients int4 NOT NULL,
  participating_clients int4 NOT NULL,
  failed_clients int4 NOT NULL,
  global_loss float8 NOT NULL,
  global_accuracy float8 NOT NULL,
  weights_sha256 text NOT NULL,
  collect_time_s float8 NOT NULL,
  aggregate_time_s float8 NOT NULL,
  evaluate_time_s float8 NOT NULL,
  PRIMARY KEY (run_id, round)
);

CREATE TABLE client_rounds (
  run_id text NOT NULL REFERENCES runs,
  round int4 NOT NULL,
  client_id int4 NOT NULL,
  ts timestamptz NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  selected_flag bool NOT NULL,
  participated_flag bool NOT NULL,
  fail_reason text,
  samples_count int4 NOT NULL,
  steps int4,
  train_loss float8,
  loss float8,
  accuracy float8,
  update_norm float8,
  compute_time_s float8,
  evaluate_time_s float8,
  dispatch_wait_s float8,
  download_time_s float8,
  upload_time_s float8,
  cpu_time_s float8,
  memory_used_mb float8,
  comm_bytes_up int8,
  comm_bytes_down int8,
  PRIMARY KEY (run_id, round, client_id, started_at)
);

CREATE TABLE telemetry (
  run_id text NOT NULL,
  client_id int4 NOT NULL,
  boot int8 NOT NULL,
  seq int8 NOT NULL,
  ts timestamptz NOT NULL,
  sent_at timestamptz NOT NULL,
  round int4 NOT NULL,
  phase text NOT NULL,
  cpu_time_s float8 NOT NULL,
  cpu_utilization float8 NOT NULL,
  rss_mb float8 NOT NULL,
  queue_length int8 NOT NULL,
  bytes_sent int8 NOT NULL,
  bytes_received int8 NOT NULL,
  latency_ms float8 NOT NULL,
  PRIMARY KEY (run_id, client_id, boot, seq, sent_at)
);

CREATE TABLE events (
  run_id text NOT NULL,
  seq int8 NOT NULL,
  ts timestamptz NOT NULL,
  type text NOT NULL,
  level text NOT NULL,
  code text NOT NULL,
  client_id int4,
  round int4,
  message text,
  detail jsonb,
  PRIMARY KEY (run_id, seq, ts)
);
`;
