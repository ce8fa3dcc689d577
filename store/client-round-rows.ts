import { type ClientOutcome, type Quality, weightsFromBytes } from '#protocol';
import type { Row } from './tables/index.js';

/** What became of a client in a round; null where it did not take part. */
export function clientRoundRow(run_id: string, ts: number, outcome: ClientOutcome): Row<'client_rounds'> {
  const { metrics } = outcome;
  const inference = metrics?.inference;
  return {
    run_id,
    round: outcome.round,
    client_id: outcome.client,
    ts,
    started_at: outcome.startedAt,
    finished_at: outcome.finishedAt,
    selected_flag: outcome.selected,
    availability_flag: outcome.selected ? outcome.attempted : null,
    participated_flag: outcome.participated,
    fail_reason: outcome.failReason ?? null,
    samples_count: outcome.samples,
    steps: metrics?.steps ?? null,
    epochs: metrics?.epochs ?? null,
    train_loss: metrics?.trainLoss ?? null,
    ...qualityColumns(metrics?.test),
    test_loss_before: outcome.selected ? outcome.testBefore.loss : null,
    test_metric_score_before: outcome.selected ? (outcome.testBefore.metricScore ?? null) : null,
    train_loss_before: metrics?.trainBefore.loss ?? null,
    train_metric_score_before: metrics?.trainBefore.metricScore ?? null,
    train_loss_after: metrics?.trainAfter.loss ?? null,
    train_metric_score_after: metrics?.trainAfter.metricScore ?? null,
    update_norm: metrics?.updateNorm ?? null,
    params_count: metrics?.paramsCount ?? null,
    staleness_rounds: outcome.participated ? 0 : null,
    compute_time_s: metrics?.computeTimeS ?? null,
    evaluate_time_s: metrics?.evaluateTimeS ?? null,
    dispatch_wait_s: metrics?.dispatchWaitS ?? null,
    download_time_s: metrics?.downloadTimeS ?? null,
    serialize_time_s: metrics?.serializeTimeS ?? null,
    upload_time_s: metrics?.uploadTimeS ?? null,
    aggregation_wait_s: outcome.aggregationWaitS ?? null,
    inference_requests: inference?.requests ?? null,
    inference_latency_mean_ms: inference?.latencyMeanMs ?? null,
    inference_latency_p50_ms: inference?.latencyP50Ms ?? null,
    inference_latency_p95_ms: inference?.latencyP95Ms ?? null,
    inference_latency_p99_ms: inference?.latencyP99Ms ?? null,
    inference_throughput: inference?.throughput ?? null,
    cpu_time_s: metrics?.cpuTimeS ?? null,
    cpu_utilization: metrics?.cpuUtilization ?? null,
    memory_used_mb: metrics?.memoryUsedMb ?? null,
    memory_utilization: metrics?.memoryUtilization ?? null,
    comm_bytes_up: metrics?.commBytesUp ?? null,
    comm_bytes_down: metrics?.commBytesDown ?? null,
  };
}

/** The columns of a model's quality; null where its task has no such measure. */
export function qualityColumns(quality: Quality | undefined) {
  return {
    loss: quality?.loss ?? null,
    accuracy: quality?.accuracy ?? null,
    f1: quality?.f1 ?? null,
    balanced_accuracy: quality?.balancedAccuracy ?? null,
    rmse: quality?.rmse ?? null,
    mae: quality?.mae ?? null,
    r2: quality?.r2 ?? null,
    silhouette: quality?.silhouette ?? null,
    inertia: quality?.inertia ?? null,
    metric_score: quality?.metricScore ?? null,
  };
}

/** Numbers of a signature are stored as multiples of 2^-30: they are between -1 and 1. */
const signatureScale = 2 ** 30;

/** The signature of a client's update, where it took part and has one. */
export function signatureRows(
  run_id: string,
  { client, round, participated, metrics }: ClientOutcome,
): Row<'update_signatures'>[] {
  const bytes = metrics?.updateSignature;
  if (!participated || bytes === undefined) return [];
  const signature = Array.from(weightsFromBytes(bytes), (value) => Math.round(value * signatureScale));
  return [{ run_id, round, client_id: client, signature }];
}
