import { parseRunConfig } from '#protocol';
import type { Row } from '#store';

export const epoch = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

export function runRow(run_id: string, over: Partial<Row<'runs'>> = {}): Row<'runs'> {
  return {
    run_id,
    name: `name of ${run_id}`,
    status: 'running',
    reason: null,
    created_at: epoch,
    finished_at: null,
    config: parseRunConfig({}),
    config_sha256: 'c'.repeat(64),
    code_version: '0.1.0',
    dataset: 'mnist',
    task_type: 'classification',
    model_type: 'mlp',
    strategy: 'dirichlet',
    distribution_param: 0.3,
    composition: 'all',
    seed: Number.MAX_SAFE_INTEGER,
    clients: 2,
    rounds: 3,
    rounds_finished: 0,
    global_accuracy: null,
    global_loss: null,
    global_metric_score: null,
    weights_sha256: null,
    ...over,
  };
}

export function telemetryRow(run_id: string, seq: number): Row<'telemetry'> {
  return {
    run_id,
    client_id: seq % 7,
    boot: epoch,
    seq,
    ts: epoch + seq + 0.25,
    sent_at: epoch + seq,
    round: 1,
    phase: 'training',
    cpu_time_s: seq / 3,
    cpu_utilization: 0.97,
    rss_mb: 180.5,
    queue_length: 2,
    bytes_sent: 2 ** 40 + seq,
    bytes_received: 0,
    latency_ms: 0.25,
  };
}

export function messageRow(
  run_id: string,
  seq: number,
  over: Partial<Row<'messages'>> = {},
): Row<'messages'> {
  return {
    run_id,
    sender: `c000${seq % 7}`,
    boot: epoch,
    kind: 'update',
    seq,
    ts: epoch + seq + 0.25,
    sent_at: epoch + seq,
    direction: 'up',
    client_id: seq % 7,
    round: 1,
    bytes: 262_144 + seq,
    latency_ms: 0.25,
    ...over,
  };
}

export function eventRow(run_id: string, seq: number, over: Partial<Row<'events'>> = {}): Row<'events'> {
  return {
    run_id,
    seq,
    ts: epoch,
    type: 'log',
    level: 'info',
    code: 'TEST',
    client_id: null,
    round: null,
    message: null,
    detail: null,
    ...over,
  };
}

export function clientRoundRow(
  run_id: string,
  round: number,
  client_id: number,
  over: Partial<Row<'client_rounds'>> = {},
): Row<'client_rounds'> {
  return {
    run_id,
    round,
    client_id,
    ts: epoch + 5000,
    started_at: epoch + round,
    finished_at: epoch + 4000,
    selected_flag: true,
    availability_flag: true,
    participated_flag: true,
    fail_reason: null,
    samples_count: 600,
    steps: 19,
    epochs: 1,
    train_loss: 0.5,
    loss: 0.4,
    accuracy: 0.9,
    f1: 0.85,
    balanced_accuracy: 0.8,
    rmse: null,
    mae: null,
    r2: null,
    silhouette: null,
    inertia: null,
    metric_score: 0.9,
    test_loss_before: 1.5,
    test_metric_score_before: 0.3,
    train_loss_before: 1.25,
    train_metric_score_before: 0.35,
    train_loss_after: 0.3,
    train_metric_score_after: 0.95,
    update_norm: 1.5,
    params_count: 109_386,
    staleness_rounds: 0,
    compute_time_s: 0.25,
    evaluate_time_s: 0.125,
    dispatch_wait_s: 0,
    download_time_s: 0.01,
    serialize_time_s: 0.001,
    upload_time_s: 0.02,
    aggregation_wait_s: 0.5,
    inference_requests: 100,
    inference_latency_mean_ms: 0.05,
    inference_latency_p50_ms: 0.04,
    inference_latency_p95_ms: 0.1,
    inference_latency_p99_ms: 0.2,
    inference_throughput: 50_000,
    cpu_time_s: 0.4,
    cpu_utilization: 0.98,
    memory_used_mb: 180,
    memory_utilization: 0.02,
    comm_bytes_up: 438_000,
    comm_bytes_down: 437_000,
    ...over,
  };
}

export function roundRow(run_id: string, round: number, over: Partial<Row<'rounds'>> = {}): Row<'rounds'> {
  return {
    run_id,
    round,
    started_at: epoch,
    finished_at: epoch + 5000,
    scheduled_clients: 2,
    attempted_clients: 2,
    participating_clients: 1,
    failed_clients: 1,
    global_aux_metric: 0.9,
    global_loss: 0.3,
    global_accuracy: 0.91,
    global_f1: 0.9,
    global_balanced_accuracy: 0.89,
    global_rmse: null,
    global_mae: null,
    global_r2: null,
    global_silhouette: null,
    global_inertia: null,
    global_metric_score: 0.91,
    params_count: 109_386,
    weights_sha256: 'e'.repeat(64),
    collect_time_s: 1,
    aggregate_time_s: 0.1,
    evaluate_time_s: 0.2,
    ...over,
  };
}
