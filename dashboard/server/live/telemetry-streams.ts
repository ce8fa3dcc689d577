import type { Telemetry } from '#protocol';

/** What the page needs of a telemetry message. */
export interface TelemetrySample {
  readonly ts: number;
  readonly sentAt: number;
  readonly client: number;
  readonly boot: number;
  readonly seq: number;
  readonly body: Pick<Telemetry, 'cpuUtilization' | 'rssMb' | 'queueLength' | 'bytesSent' | 'bytesReceived'>;
}

interface Rates {
  readonly sentPerS: number;
  readonly receivedPerS: number;
}

/** Follows each agent's numbered telemetry: what is missing between the numbers, and rates of its totals. */
export class TelemetryStreams {
  readonly #last: (TelemetrySample | undefined)[];
  #received = 0;
  #lost = 0;

  constructor(clients: number) {
    this.#last = new Array(clients);
  }

  /**
   * Takes a message in.
   * @param stride distance of the numbers of two messages when none is missing
   * @returns bytes a second since the message before; undefined for the first of a process, and for one
   * that comes late or twice
   */
  take(sample: TelemetrySample, stride: number): Rates | undefined {
    const before = this.#last[sample.client];
    const isSameProcess = before?.boot === sample.boot;
    if (isSameProcess && sample.seq === before.seq) return undefined;
    this.#received += stride;
    if (isSameProcess && sample.seq < before.seq) {
      // It was counted as lost when its successor came.
      this.#lost = Math.max(0, this.#lost - stride);
      return undefined;
    }
    this.#last[sample.client] = sample;
    if (!isSameProcess) return undefined;
    this.#lost += sample.seq - before.seq - stride;
    const seconds = (sample.sentAt - before.sentAt) / 1000;
    if (seconds <= 0) return undefined;
    return {
      sentPerS: Math.max(0, sample.body.bytesSent - before.body.bytesSent) / seconds,
      receivedPerS: Math.max(0, sample.body.bytesReceived - before.body.bytesReceived) / seconds,
    };
  }

  counts(): { received: number; lost: number } {
    return { received: this.#received, lost: this.#lost };
  }
}
