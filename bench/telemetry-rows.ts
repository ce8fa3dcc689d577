import { parseRunConfig, type RunEvent } from '#protocol';
import type { Row } from '#store';

export const benchRun = 'bench-run';
const start = Date.UTC(2026, 0, 2, 3, 0, 0);

/** Clients that each send one message a second. */
export const benchClients = 100;

/** The event with which a run begins; it stands before all others. */
export function runStarted(runId: string): RunEvent {
  return {
    type: 'run-started',
    ts: start,
    runId,
    config: parseRunConfig({ name: runId, clients: benchClients }),
    configSha256: '0'.repeat(64),
    codeVersion: '0',
    params: {},
    clients: [],
  };
}

/** The i-th telemetry message of a run, values as they occur. */
export function telemetryEvent(i: number): Extract<RunEvent, { type: 'telemetry' }> {
  const client = i % benchClients;
  const seq = Math.floor(i / benchClients);
  const sentAt = start + seq * 1000 + client * 7;
  return {
    type: 'telemetry',
    ts: sentAt + 0.5 + (i % 13) / 8,
    sentAt,
    client,
    boot: start,
    seq,
    body: {
      phase: seq % 10 < 7 ? 'training' : 'waiting',
      round: 1 + Math.floor(seq / 30),
      cpuTimeS: seq * 0.97,
      cpuUtilization: ((i * 7919) % 1000) / 1000,
      rssMb: 150 + (i % 64),
      queueLength: i % 5,
      bytesSent: seq * 1500,
      bytesReceived: seq * 900,
    },
  };
}

/** The row that the writer makes of the i-th message. */
export function telemetryRow(runId: string, i: number): Row<'telemetry'> {
  const { ts, sentAt, client, boot, seq, body } = telemetryEvent(i);
  return {
    run_id: runId,
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
