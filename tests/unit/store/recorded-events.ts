import {
  type FleetError,
  parseRunConfig,
  type RunEvent,
  type TrainingMetrics,
  weightsToBytes,
} from '#protocol';
import { clientShare } from '../../client-share.js';
import { clientContext, quality, trainingMetrics } from '../training-metrics.js';

/** When the run of these events begins, in ms. */
export const ts = Date.UTC(2026, 0, 2, 3, 4, 5);
const config = parseRunConfig({
  name: 'recorded',
  clients: 2,
  rounds: 2,
  db: 'postgres://user:secret@host/db',
  broker: 'mqtt://agent:secret@host:1883',
});

export const started = (runId: string): RunEvent => ({
  type: 'run-started',
  ts,
  runId,
  config,
  configSha256: 'c'.repeat(64),
  codeVersion: '0.1.0',
  params: { 'engine.name': 'tfjs', 'model.params_count': 109_386, cores: 2 },
  clients: [0, 1].map((client) => clientShare(client, [2, 3])),
});

export const telemetry = (seq: number, over: { round?: number } = {}): RunEvent => ({
  type: 'telemetry',
  ts: ts + seq + 2.5,
  sentAt: ts + seq,
  client: 1,
  boot: ts,
  seq,
  body: {
    phase: 'training',
    round: 1,
    cpuTimeS: 1.5,
    cpuUtilization: 0.9,
    rssMb: 180,
    queueLength: 0,
    bytesSent: 10,
    bytesReceived: 20,
    ...over,
  },
});

export const update: RunEvent = {
  ...{ type: 'message', ts: ts + 7.5, sender: 'c0001', boot: ts, seq: 3, sentAt: ts + 5 },
  ...{ kind: 'update', direction: 'up', client: 1, round: 1, bytes: 262_400 },
};
export const announcement: RunEvent = {
  ...{ type: 'message', ts: ts + 6, sender: 'aggregator', boot: ts, seq: 0, sentAt: ts + 6 },
  ...{ kind: 'config', direction: 'down', client: undefined, round: undefined, bytes: 900 },
};

const metrics: TrainingMetrics = {
  ...trainingMetrics,
  test: quality(0.25, 2.25),
  updateSignature: weightsToBytes(Float32Array.of(0.5, -0.25, 0.125)),
};

export const outcome = (round: number, client: number, participated: boolean): RunEvent => ({
  type: 'client-finished',
  ts: ts + 900,
  outcome: {
    client,
    round,
    startedAt: ts + 100,
    finishedAt: ts + 800,
    selected: true,
    attempted: true,
    participated,
    failReason: participated ? undefined : 'agent_lost',
    samples: 5,
    metrics: participated ? metrics : undefined,
    ...clientContext,
  },
});

export const roundFinished = (round: number): RunEvent => ({
  type: 'round-finished',
  ts: ts + 1000 * round,
  round,
  startedAt: ts,
  attempted: 2,
  participated: 1,
  failed: 1,
  global: quality(0.4 * round, 2 / round),
  paramsCount: 100_000,
  weightsSha256: String(round).repeat(64),
  collectTimeS: 0.6,
  aggregateTimeS: 0.1,
  evaluateTimeS: 0.2,
});

export const unexpected = (error: FleetError): never => {
  throw error;
};
