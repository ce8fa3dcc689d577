import { agentId, type RunEvent } from '#protocol';
import { clientRoundRow, qualityColumns, signatureRows } from './client-round-rows.js';
import { paramRows, runRow } from './run-rows.js';
import type { Row, RowBatch } from './tables/index.js';

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** Turns one run's events into rows. Keeps what later rows need from earlier events. */
export class EventRows {
  readonly #run: Row<'runs'>;
  #latest: Pick<
    Row<'runs'>,
    'rounds_finished' | 'global_accuracy' | 'global_loss' | 'global_metric_score' | 'weights_sha256'
  >;
  #nextSeq: number;

  /** @param firstSeq number of the first event; above 0 for a run that is resumed */
  constructor(started: EventOf<'run-started'>, firstSeq = 0) {
    this.#nextSeq = firstSeq;
    this.#latest = {
      rounds_finished: 0,
      global_accuracy: null,
      global_loss: null,
      global_metric_score: null,
      weights_sha256: null,
    };
    this.#run = runRow(started);
  }

  /** The rows of one event. Every event makes at least one. */
  rowsOf(event: RunEvent): RowBatch {
    const run_id = this.#run.run_id;
    switch (event.type) {
      case 'run-started':
        return {
          runs: [this.#run],
          run_params: paramRows(event),
          clients: event.clients.map((share) => ({
            run_id,
            client_id: share.client,
            agent: agentId(share.client),
            samples_count: share.samples,
            data_distribution: share.labelCounts,
            size_share: share.heterogeneity.sizeShare,
            effective_classes: share.heterogeneity.effectiveClasses,
            label_kl_bits: share.heterogeneity.klDivergence,
            label_js_bits: share.heterogeneity.jsDivergence,
            share_sha256: share.shareSha256,
          })),
          partition_map: event.clients.map((share) => ({
            run_id,
            client_id: share.client,
            sample_indices: Array.from(share.indices),
          })),
          events: [
            this.eventRow({
              ts: event.ts,
              type: event.type,
              code: event.resumedAfter === undefined ? 'running' : 'resumed',
            }),
          ],
        };
      case 'composition': {
        const { round, ts, strategy, eligible, chosen } = event;
        return { compositions: [{ run_id, round, ts, strategy, eligible, chosen }] };
      }
      case 'client-finished':
        return {
          client_rounds: [clientRoundRow(run_id, event.ts, event.outcome)],
          update_signatures: signatureRows(run_id, event.outcome),
        };
      case 'round-finished':
        return this.#roundFinished(event);
      case 'telemetry':
        return { telemetry: [telemetryRow(run_id, event)] };
      case 'message':
        return { messages: [messageRow(run_id, event)] };
      case 'agent-state': {
        const { ts, type, state, client, round, pid, device, reason } = event;
        return {
          events: [
            this.eventRow({
              ts,
              type,
              code: state,
              client_id: client,
              round,
              message: reason,
              detail: { pid, ...device },
            }),
          ],
        };
      }
      case 'round-state': {
        const { ts, type, state, round, participants } = event;
        const detail = { participants: participants.length };
        return { events: [this.eventRow({ ts, type, code: state, round, detail })] };
      }
      case 'broker': {
        const { source, ...detail } = event.counters;
        return { events: [this.eventRow({ ts: event.ts, type: event.type, code: source, detail })] };
      }
      case 'log': {
        const { ts, type, level, code, message, client, round } = event;
        return { events: [this.eventRow({ ts, type, level, code, message, client_id: client, round })] };
      }
      case 'run-finished':
        return this.#runFinished(event);
    }
  }

  /** One row of `events`, numbered after the last. */
  eventRow(event: {
    readonly ts: number;
    readonly type: string;
    readonly code: string;
    readonly level?: 'info' | 'warn' | 'error';
    readonly client_id?: number | undefined;
    readonly round?: number | undefined;
    readonly message?: string | undefined;
    readonly detail?: unknown;
  }): Row<'events'> {
    return {
      run_id: this.#run.run_id,
      seq: this.#nextSeq++,
      ts: event.ts,
      type: event.type,
      level: event.level ?? 'info',
      code: event.code,
      client_id: event.client_id ?? null,
      round: event.round ?? null,
      message: event.message ?? null,
      detail: event.detail ?? null,
    };
  }

  #roundFinished(event: EventOf<'round-finished'>): RowBatch {
    const quality = qualityColumns(event.global);
    this.#latest = {
      rounds_finished: event.round,
      global_accuracy: event.global.accuracy ?? null,
      global_loss: event.global.loss,
      global_metric_score: event.global.metricScore ?? null,
      weights_sha256: event.weightsSha256,
    };
    return {
      // The run's row keeps up, so that a killed run still tells how far it came.
      runs: [{ ...this.#run, ...this.#latest }],
      rounds: [
        {
          run_id: this.#run.run_id,
          round: event.round,
          started_at: event.startedAt,
          finished_at: event.ts,
          scheduled_clients: event.participated + event.failed,
          attempted_clients: event.attempted,
          participating_clients: event.participated,
          failed_clients: event.failed,
          global_loss: quality.loss,
          global_accuracy: quality.accuracy,
          global_f1: quality.f1,
          global_balanced_accuracy: quality.balanced_accuracy,
          global_rmse: quality.rmse,
          global_mae: quality.mae,
          global_r2: quality.r2,
          global_silhouette: quality.silhouette,
          global_inertia: quality.inertia,
          global_metric_score: quality.metric_score,
          global_aux_metric: quality.f1 ?? quality.rmse ?? quality.inertia,
          params_count: event.paramsCount,
          weights_sha256: event.weightsSha256,
          collect_time_s: event.collectTimeS,
          aggregate_time_s: event.aggregateTimeS,
          evaluate_time_s: event.evaluateTimeS,
        },
      ],
    };
  }

  #runFinished({ ts, type, status, reason }: EventOf<'run-finished'>): RowBatch {
    const level = status === 'finished' ? 'info' : 'warn';
    return {
      runs: [{ ...this.#run, ...this.#latest, status, reason: reason ?? null, finished_at: ts }],
      events: [this.eventRow({ ts, type, level, code: status, message: reason })],
    };
  }
}

function telemetryRow(run_id: string, event: EventOf<'telemetry'>): Row<'telemetry'> {
  const { ts, sentAt, client, boot, seq, body } = event;
  return {
    run_id,
    client_id: client,
    boot,
    seq,
    ts,
    sent_at: sentAt,
    round: body.round,
    phase: body.phase,
    cpu_time_s: body.cpuTimeS,
    cpu_utilization: body.cpuUtilization,
    rss_mb: body.rssMb,
    queue_length: body.queueLength,
    bytes_sent: body.bytesSent,
    bytes_received: body.bytesReceived,
    latency_ms: ts - sentAt,
  };
}

function messageRow(run_id: string, event: EventOf<'message'>): Row<'messages'> {
  const { ts, sender, boot, kind, seq, sentAt, direction, client, round, bytes } = event;
  return {
    run_id,
    sender,
    boot,
    kind,
    seq,
    ts,
    sent_at: sentAt,
    direction,
    client_id: client ?? null,
    round: round ?? null,
    bytes,
    latency_ms: direction === 'up' ? ts - sentAt : null,
  };
}
