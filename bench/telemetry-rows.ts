import { EventRows } from '#internal/store/event-rows.js';
import { parseRunConfig, type RunEvent } from '#protocol';
import type { Row, RowBatch, Store } from '#store';

export const benchRun = 'bench-run';
const benchStart = Date.UTC(2026, 0, 2, 3, 0, 0);

/** Clients that each send one message a second. */
export const benchClients = 100;

/** The event with which a run begins; it stands before all others. */
export function runStarted(runId: string): Extract<RunEvent, { type: 'run-started' }> {
  return {
    type: 'run-started',
    ts: benchStart,
    runId,
    config: parseRunConfig({ name: runId, clients: benchClients }),
    configSha256: '0'.repeat(64),
    codeVersion: '0',
    params: {},
    clients: [],
  };
}

/** Makes the partitions that rows of now would find; these rows are always of the same week, long ago. */
export async function makeBenchPartitions(store: Store): Promise<void> {
  await store.administer({ task: 'partition', spans: [{ from: benchStart, to: benchStart }] });
}

/** The i-th telemetry message of a run, values as they occur. */
export function telemetryEvent(i: number): Extract<RunEvent, { type: 'telemetry' }> {
  const client = i % benchClients;
  const seq = Math.floor(i / benchClients);
  const sentAt = benchStart + seq * 1000 + client * 7;
  return {
    type: 'telemetry',
    ts: sentAt + 0.5 + (i % 13) / 8,
    sentAt,
    client,
    boot: benchStart,
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

/** The rows that the writer makes of a run's messages. */
export class BenchRows {
  readonly #started: Extract<RunEvent, { type: 'run-started' }>;
  readonly #rows: EventRows;

  constructor(runId: string) {
    this.#started = runStarted(runId);
    this.#rows = new EventRows(this.#started);
  }

  /** What stands before all telemetry: the run and its parameters. */
  run(): RowBatch {
    return this.#rows.rowsOf(this.#started);
  }

  /** The rows of messages `from` to `from + count - 1`. */
  telemetry(from: number, count: number): readonly Row<'telemetry'>[] {
    return Array.from(
      { length: count },
      (_, i) => this.#rows.rowsOf(telemetryEvent(from + i)).telemetry ?? [],
    ).flat();
  }
}
