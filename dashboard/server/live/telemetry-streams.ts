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

/**
 * Follows each agent's numbered telemetry: what is missing between the numbers, and rates of its totals.
 * Of the last message of each it keeps numbers in columns: thousands come a second, and none is held on to.
 */
export class TelemetryStreams {
  /** NaN before the first message. */
  readonly #boot: Float64Array;
  readonly #seq: Float64Array;
  readonly #sentAt: Float64Array;
  readonly #bytesSent: Float64Array;
  readonly #bytesReceived: Float64Array;
  #received = 0;
  #lost = 0;

  constructor(clients: number) {
    this.#boot = new Float64Array(clients).fill(Number.NaN);
    this.#seq = new Float64Array(clients);
    this.#sentAt = new Float64Array(clients);
    this.#bytesSent = new Float64Array(clients);
    this.#bytesReceived = new Float64Array(clients);
  }

  /**
   * Takes a message in.
   * @param stride distance of the numbers of two messages when none is missing
   * @returns bytes a second since the message before; undefined for the first of a process, and for one
   * that comes late or twice
   */
  take(sample: TelemetrySample, stride: number): Rates | undefined {
    const { client, boot, seq } = sample;
    const isSameProcess = this.#boot[client] === boot;
    const before = this.#seq[client] ?? 0;
    if (isSameProcess && seq === before) return undefined;
    this.#received += stride;
    if (isSameProcess && seq < before) {
      // It was counted as lost when its successor came.
      this.#lost = Math.max(0, this.#lost - stride);
      return undefined;
    }
    const rates = isSameProcess ? this.#ratesSince(sample) : undefined;
    if (isSameProcess) this.#lost += seq - before - stride;
    this.#keep(sample);
    return rates;
  }

  counts(): { received: number; lost: number } {
    return { received: this.#received, lost: this.#lost };
  }

  #ratesSince({ client, sentAt, body }: TelemetrySample): Rates | undefined {
    const seconds = (sentAt - (this.#sentAt[client] ?? 0)) / 1000;
    if (seconds <= 0) return undefined;
    return {
      sentPerS: Math.max(0, body.bytesSent - (this.#bytesSent[client] ?? 0)) / seconds,
      receivedPerS: Math.max(0, body.bytesReceived - (this.#bytesReceived[client] ?? 0)) / seconds,
    };
  }

  #keep({ client, boot, seq, sentAt, body }: TelemetrySample): void {
    this.#boot[client] = boot;
    this.#seq[client] = seq;
    this.#sentAt[client] = sentAt;
    this.#bytesSent[client] = body.bytesSent;
    this.#bytesReceived[client] = body.bytesReceived;
  }
}
