import {
  type ClientOutcome,
  parseRunConfig,
  type Quality,
  type RunEvent,
  type TrainingMetrics,
} from '#protocol';
import { clientShare } from '../client-share.js';
import { script } from '../unit/dashboard/run-script.js';
import { clientContext, quality, trainingMetrics } from '../unit/training-metrics.js';

export const clients = 12;
export const rounds = 4;
const roundMs = 10_000;

const labels = (client: number): number[] =>
  Array.from({ length: 10 }, (_, label) => ((client * 7 + label * label * 3) % 11) * 9);
const shareOf = (client: number): number => labels(client).reduce((sum, count) => sum + count, 0);

/** How good a model is, by its score and loss. */
export type QualityOf = (score: number, loss: number) => Quality;

/** A regression's quality: it has no accuracy. */
export const regressionQuality: QualityOf = (score, loss) => ({
  ...{ loss, rmse: 1 / score - 1, mae: loss / 2, r2: score / 2, metricScore: score },
});

/** The events of a whole run, in their order; every number differs by client and round. */
export function recordedRun(
  runId: string,
  name: string,
  begun: number,
  seed = 7,
  qualityOf: QualityOf = quality,
  length = rounds,
): RunEvent[] {
  const events: RunEvent[] = [
    {
      type: 'run-started',
      ts: begun,
      runId,
      config: parseRunConfig({ name, clients, rounds, seed, dataset: 'mnist', composition: 'random:9' }),
      configSha256: 'c'.repeat(64),
      codeVersion: '0.1.0',
      params: { 'engine.name': 'onnx' },
      clients: Array.from({ length: clients }, (_, client) => clientShare(client, labels(client))),
    },
  ];
  for (let round = 1; round <= length; round++)
    events.push(...roundOf(round, begun + (round - 1) * roundMs, begun, seed, qualityOf));
  events.push(
    {
      type: 'log',
      ts: begun + 39_500,
      level: 'warn',
      code: 'MESSAGE_DROPPED',
      message: 'message of c0003 dropped: stale',
    },
    { type: 'run-finished', ts: begun + 40_000, status: 'finished' },
  );
  return events;
}

function roundOf(
  round: number,
  startedAt: number,
  begun: number,
  seed: number,
  qualityOf: QualityOf,
): RunEvent[] {
  const chosen = Array.from({ length: 9 }, (_, i) => (i + round) % clients).sort((a, b) => a - b);
  const ts = startedAt + roundMs - 1000;
  const events: RunEvent[] = [
    {
      ...{ type: 'composition', ts: startedAt, round, strategy: 'random:9', chosen },
      eligible: Array.from({ length: clients }, (_, client) => client),
    },
    { type: 'round-state', ts: startedAt + 10, round, state: 'announce', participants: chosen },
  ];
  for (let second = 1; second <= 8; second++) {
    const at = startedAt + second * 1000;
    for (let client = 0; client < clients; client++)
      events.push(telemetry(client, (round - 1) * 8 + second, at, begun));
    const n = (round - 1) * 10 + second;
    events.push({
      type: 'broker',
      ts: at + 100,
      counters: {
        ...{ source: 'broker', clients: clients + 1, messagesIn: 120 * n, messagesOut: 130 * n },
        ...{ bytesIn: 50_000 * n, bytesOut: 70_000 * n },
      },
    });
  }
  for (const client of chosen) {
    for (const [i, state] of (['training', 'uploading', 'idle'] as const).entries()) {
      events.push({
        type: 'agent-state',
        ts: startedAt + 8100 + i * 100 + client,
        client,
        state,
        round,
        pid: 4000 + client,
        device: { host: `edge-${client % 3}`, cores: 4, engine: 'onnx 1.30.0' },
      });
    }
  }
  const outcomes = Array.from({ length: clients }, (_, client) =>
    outcomeOf(client, round, startedAt, chosen, seed, qualityOf),
  );
  events.sort((a, b) => a.ts - b.ts);
  const failed = outcomes.filter(({ selected, participated }) => selected && !participated).length;
  return [
    ...events,
    ...outcomes.map((outcome): RunEvent => ({ type: 'client-finished', ts, outcome })),
    {
      ...{ type: 'round-finished', ts, round, startedAt },
      ...{ attempted: chosen.length, participated: chosen.length - failed, failed },
      global: qualityOf(1 - 0.6 / (round + seed / 100), 2 / (round + seed / 100)),
      paramsCount: 100_000,
      ...{ weightsSha256: 'w'.repeat(64), collectTimeS: 8, aggregateTimeS: 0.2, evaluateTimeS: 0.5 },
    },
  ];
}

function outcomeOf(
  client: number,
  round: number,
  startedAt: number,
  chosen: readonly number[],
  seed: number,
  qualityOf: QualityOf,
): ClientOutcome {
  const selected = chosen.includes(client);
  const participated = selected && (client + round) % 8 !== 0;
  const failReason = !selected ? 'not_selected' : participated ? undefined : 'agent_lost';
  return {
    ...{
      client,
      round,
      selected,
      attempted: selected,
      participated,
      failReason,
      samples: shareOf(client),
      startedAt,
    },
    finishedAt: startedAt + 5000 + 311 * client,
    metrics: participated ? metricsOf(client, round, seed, qualityOf) : undefined,
    ...clientContext,
  };
}

function metricsOf(client: number, round: number, seed: number, qualityOf: QualityOf): TrainingMetrics {
  return {
    ...trainingMetrics,
    updateSignature: new Uint8Array(trainingMetrics.updateSignature?.length ?? 0),
    samples: shareOf(client),
    test: qualityOf(0.3 + 0.04 * client + 0.03 * round - seed / 1000, 2.5 - 0.1 * client - 0.15 * round),
    computeTimeS: 0.2 + 0.137 * ((client * 5) % 12) + 0.01 * round,
    uploadTimeS: 0.05 + 0.011 * client,
  };
}

function telemetry(client: number, seq: number, at: number, begun: number): RunEvent {
  const event = script.telemetry(client, 3 + client + (seq % 5), seq);
  return {
    ...event,
    ts: at + 3 + client + (seq % 5),
    sentAt: at,
    boot: begun,
    body: {
      ...event.body,
      rssMb: 120 + client + seq / 10,
      cpuUtilization: 0.1 + client / 20,
      bytesSent: 1000 * seq,
    },
  };
}
