import {
  parseRunConfig,
  type RoundState,
  type RunEvent,
  type Telemetry,
  type TrainingMetrics,
} from '#protocol';
import { clientShare } from '../../client-share.js';
import { clientContext, quality, trainingMetrics } from '../training-metrics.js';

/** When the scripted run starts, in milliseconds since 1970. */
export const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5);

const config = parseRunConfig({ name: 'scripted', clients: 3, rounds: 2, dataset: 'mnist', seed: 7 });

const metrics: TrainingMetrics = { ...trainingMetrics, test: quality(0.75, 1.25) };

const body: Telemetry = {
  phase: 'training',
  round: 1,
  cpuTimeS: 1.5,
  cpuUtilization: 0.9,
  rssMb: 180,
  queueLength: 0,
  bytesSent: 10,
  bytesReceived: 20,
};

/** The events of a run as its parts publish them, `atMs` milliseconds after its start. */
export const script = {
  runStarted: (clients = 3): RunEvent => ({
    type: 'run-started',
    ts: startedAt,
    runId: '20260102-030405-abcdef',
    config: { ...config, clients },
    configSha256: 'c'.repeat(64),
    codeVersion: '0.1.0',
    params: { 'engine.name': 'tfjs' },
    clients: Array.from({ length: clients }, (_, client) => clientShare(client, [50, 50 + client])),
  }),
  agent: (
    client: number,
    state: Extract<RunEvent, { type: 'agent-state' }>['state'],
    round: number,
    reason?: string,
  ): RunEvent => ({ type: 'agent-state', ts: startedAt, client, state, round, pid: 4000 + client, reason }),
  roundState: (round: number, state: RoundState, atMs = 0): RunEvent => ({
    type: 'round-state',
    ts: startedAt + atMs,
    round,
    state,
    participants: [0, 1, 2],
  }),
  clientFinished: (
    client: number,
    round: number,
    failReason?: string,
    selected = true,
  ): Extract<RunEvent, { type: 'client-finished' }> => ({
    type: 'client-finished',
    ts: startedAt,
    outcome: {
      client,
      round,
      startedAt,
      finishedAt: startedAt,
      selected,
      attempted: selected,
      participated: selected && failReason === undefined,
      failReason,
      samples: 100,
      metrics: selected && failReason === undefined ? metrics : undefined,
      ...clientContext,
    },
  }),
  roundFinished: (round: number, failed = 0, atMs = 4000): RunEvent => ({
    type: 'round-finished',
    ts: startedAt + atMs,
    round,
    startedAt: startedAt + 1000,
    attempted: 3,
    participated: 3 - failed,
    failed,
    global: quality(1 - 0.5 / round, 1 / round),
    paramsCount: 100_000,
    weightsSha256: 'w'.repeat(64),
    collectTimeS: 2,
    aggregateTimeS: 0.5,
    evaluateTimeS: 0.5,
  }),
  telemetry: (
    client: number,
    latencyMs: number,
    seq = 1,
    { atMs = 0, bytesSent = body.bytesSent }: { atMs?: number; bytesSent?: number } = {},
  ): Extract<RunEvent, { type: 'telemetry' }> => ({
    type: 'telemetry',
    ts: startedAt + atMs + latencyMs,
    sentAt: startedAt + atMs,
    client,
    boot: startedAt,
    seq,
    body: { ...body, bytesSent },
  }),
  broker: (atMs: number, messagesIn: number, bytesIn: number): RunEvent => ({
    type: 'broker',
    ts: startedAt + atMs,
    counters: {
      source: 'broker',
      clients: 4,
      messagesIn,
      messagesOut: 2 * messagesIn,
      bytesIn,
      bytesOut: 2 * bytesIn,
    },
  }),
  log: (message: string, level: 'info' | 'warn' | 'error' = 'info'): RunEvent => ({
    type: 'log',
    ts: startedAt,
    level,
    code: 'SCRIPTED',
    message,
  }),
  runFinished: (status: 'finished' | 'failed' | 'interrupted', reason?: string): RunEvent => ({
    type: 'run-finished',
    ts: startedAt + 9000,
    status,
    reason,
  }),
};
