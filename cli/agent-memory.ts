import type { RunEvent } from '#protocol';

export interface MemorySummary {
  /** Mean over the agents of each one's peak resident memory, in 10^6 bytes. */
  readonly mean: number;
  readonly max: number;
}

/** Peak resident memory of each agent, from its telemetry and results. */
export class AgentMemory {
  readonly #peaks = new Map<number, number>();

  observe(event: RunEvent): void {
    if (event.type === 'telemetry') this.#raise(event.client, event.body.rssMb);
    if (event.type === 'client-finished' && event.outcome.metrics) {
      this.#raise(event.outcome.client, event.outcome.metrics.memoryUsedMb);
    }
  }

  summary(): MemorySummary | undefined {
    const peaks = [...this.#peaks.values()];
    if (peaks.length === 0) return undefined;
    const round = (mb: number): number => Math.round(mb * 10) / 10;
    return { mean: round(peaks.reduce((a, b) => a + b, 0) / peaks.length), max: round(Math.max(...peaks)) };
  }

  #raise(client: number, rssMb: number): void {
    this.#peaks.set(client, Math.max(rssMb, this.#peaks.get(client) ?? 0));
  }
}
