import type { FederationResult } from '#aggregator';
import type { RunConfig } from '#protocol';
import type { MemorySummary } from './agent-memory.js';

/** The one line that `--json` prints. */
export interface RunSummary {
  readonly run_id: string;
  readonly rounds: number;
  readonly clients: number;
  /** Rows of the CSV: clients × rounds. */
  readonly rows: number;
  /** Null where the task is not classification. */
  readonly global_accuracy: number | null;
  readonly global_metric_score: number | null;
  readonly global_loss: number;
  readonly weights_sha256: string;
  readonly duration_s: number;
  readonly output: string;
  readonly agent_memory_mb: MemorySummary | null;
  /** Rows that this process stored, by table. */
  readonly stored_rows: Readonly<Record<string, number>>;
}

export function createSummary(facts: {
  runId: string;
  config: RunConfig;
  result: FederationResult;
  rows: number;
  counts: Readonly<Record<string, number>>;
  durationS: number;
  output: string;
  memory: MemorySummary | undefined;
}): RunSummary {
  const { config, result, rows, counts } = facts;
  return {
    run_id: facts.runId,
    rounds: result.rounds,
    clients: config.clients,
    rows,
    global_accuracy: result.global.accuracy ?? null,
    global_metric_score: result.global.metricScore ?? null,
    global_loss: result.global.loss,
    weights_sha256: result.weightsSha256,
    duration_s: Math.round(facts.durationS * 1000) / 1000,
    output: facts.output,
    agent_memory_mb: facts.memory ?? null,
    stored_rows: counts,
  };
}

function scoreOf({ global_accuracy, global_metric_score }: RunSummary): string {
  if (global_accuracy !== null) return `accuracy ${global_accuracy.toFixed(4)}`;
  return `metric score ${global_metric_score?.toFixed(4) ?? 'none'}`;
}

/** The same for people. */
export function summaryText(summary: RunSummary): string {
  const memory = summary.agent_memory_mb;
  return [
    `${summary.rounds} rounds, ${summary.clients} clients, ${summary.rows} rows in ${summary.duration_s.toFixed(1)} s`,
    `global ${scoreOf(summary)}, loss ${summary.global_loss.toFixed(4)}`,
    ...(memory ? [`memory per agent: mean ${memory.mean} MB, max ${memory.max} MB`] : []),
    `weights ${summary.weights_sha256.slice(0, 16)}…  run ${summary.run_id}`,
  ].join('\n');
}
