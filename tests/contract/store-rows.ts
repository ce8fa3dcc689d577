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
    config: { hiddenLayers: [128, 64], optimizer: 'adam', learningRate: 0.001, batchSize: 32 },
    config_sha256: 'c'.repeat(64),
    code_version: '0.1.0',
    dataset: 'mnist',
    strategy: 'dirichlet',
    distribution_param: 0.3,
    composition: 'all',
    seed: Number.MAX_SAFE_INTEGER,
    clients: 2,
    rounds: 3,
    rounds_finished: 0,
    global_accuracy: null,
    global_loss: null,
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
    participated_flag: true,
    fail_reason: null,
    samples_count: 600,
    steps: 19,
    train_loss: 0.5,
    loss: 0.4,
    accuracy: 0.9,
    update_norm: 1.5,
    compute_time_s: 0.25,
    evaluate_time_s: 0.125,
    dispatch_wait_s: 0,
    download_time_s: 0.01,
    upload_time_s: 0.02,
    cpu_time_s: 0.4,
    memory_used_mb: 180,
    comm_bytes_up: 438_000,
    comm_bytes_down: 437_000,
    ...over,
  };
}
