/** Tasks beyond classification, and what a client's round is measured by. */
export const quality = `
ALTER TABLE runs
  ADD COLUMN task_type text NOT NULL DEFAULT 'classification',
  ADD COLUMN model_type text NOT NULL DEFAULT 'mlp',
  ADD COLUMN global_metric_score float8;
UPDATE runs SET model_type = coalesce(config->>'modelType', 'mlp'), global_metric_score = global_accuracy;
ALTER TABLE runs
  ALTER COLUMN task_type DROP DEFAULT,
  ALTER COLUMN model_type DROP DEFAULT;

ALTER TABLE rounds
  ALTER COLUMN global_accuracy DROP NOT NULL,
  ALTER COLUMN global_loss DROP NOT NULL,
  ADD COLUMN global_f1 float8,
  ADD COLUMN global_balanced_accuracy float8,
  ADD COLUMN global_rmse float8,
  ADD COLUMN global_mae float8,
  ADD COLUMN global_r2 float8,
  ADD COLUMN global_silhouette float8,
  ADD COLUMN global_inertia float8,
  ADD COLUMN global_metric_score float8,
  ADD COLUMN params_count int4;
UPDATE rounds SET global_metric_score = global_accuracy;

ALTER TABLE client_rounds
  ADD COLUMN f1 float8,
  ADD COLUMN balanced_accuracy float8,
  ADD COLUMN rmse float8,
  ADD COLUMN mae float8,
  ADD COLUMN r2 float8,
  ADD COLUMN silhouette float8,
  ADD COLUMN inertia float8,
  ADD COLUMN metric_score float8,
  ADD COLUMN test_loss_before float8,
  ADD COLUMN test_metric_score_before float8,
  ADD COLUMN train_loss_before float8,
  ADD COLUMN train_metric_score_before float8,
  ADD COLUMN train_loss_after float8,
  ADD COLUMN train_metric_score_after float8,
  ADD COLUMN params_count int4,
  ADD COLUMN staleness_rounds int4,
  ADD COLUMN serialize_time_s float8,
  ADD COLUMN aggregation_wait_s float8,
  ADD COLUMN inference_requests int4,
  ADD COLUMN inference_latency_mean_ms float8,
  ADD COLUMN inference_latency_p50_ms float8,
  ADD COLUMN inference_latency_p95_ms float8,
  ADD COLUMN inference_latency_p99_ms float8,
  ADD COLUMN inference_throughput float8,
  ADD COLUMN cpu_utilization float8,
  ADD COLUMN memory_utilization float8;
UPDATE client_rounds SET metric_score = accuracy;

CREATE TABLE update_signatures (
  run_id text NOT NULL REFERENCES runs,
  round int4 NOT NULL,
  client_id int4 NOT NULL,
  signature int4[] NOT NULL,
  PRIMARY KEY (run_id, round, client_id)
);
`;
