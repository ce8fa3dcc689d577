import { agentId } from '#protocol';
import type { Column, ColumnGroup } from '../frames/columns.js';
import { type AgentView, agentStateNames } from '../frames/live-view.js';
import type { resultMetrics, telemetryMetrics } from '../frames/metrics.js';

const stateCodes = new Map<string, number>(agentStateNames.map((name, code) => [name, code]));
const unset = (clients: number): Float32Array => new Float32Array(clients).fill(Number.NaN);

type Gauges<T extends string> = Record<T, Float32Array>;
type TelemetryId = (typeof telemetryMetrics)[number]['id'];
type ResultId = (typeof resultMetrics)[number]['id'];

/**
 * The agents of a run, a column a field: thousands of them change many times a second, and a frame
 * copies columns. `changedIn` is the frame in which an agent last changed.
 */
export class AgentColumns {
  readonly clients: number;
  readonly state: Uint8Array;
  readonly round: Uint32Array;
  readonly pid: Uint32Array;
  readonly samples: Uint32Array;
  readonly participations: Uint32Array;
  readonly failures: Uint32Array;
  readonly gauges: Gauges<TelemetryId>;
  readonly results: Gauges<ResultId>;
  readonly failReasons: (string | undefined)[];
  readonly #changedIn: Uint32Array;
  readonly #failedIn: Uint32Array;

  constructor(clients: number) {
    this.clients = clients;
    this.state = new Uint8Array(clients);
    this.round = new Uint32Array(clients);
    this.pid = new Uint32Array(clients);
    this.samples = new Uint32Array(clients);
    this.participations = new Uint32Array(clients);
    this.failures = new Uint32Array(clients);
    this.gauges = {
      latency_ms: unset(clients),
      cpu_utilization: unset(clients),
      rss_mb: unset(clients),
      queue_length: unset(clients),
      sent_bytes_per_s: unset(clients),
      received_bytes_per_s: unset(clients),
    };
    this.results = {
      accuracy: unset(clients),
      loss: unset(clients),
      compute_time_s: unset(clients),
      upload_time_s: unset(clients),
      dispatch_wait_s: unset(clients),
      update_norm: unset(clients),
    };
    this.failReasons = new Array(clients);
    this.#changedIn = new Uint32Array(clients);
    this.#failedIn = new Uint32Array(clients);
  }

  touch(client: number, frame: number): void {
    this.#changedIn[client] = frame;
  }

  stateOf(client: number): string {
    return agentStateNames[this.state[client] ?? 0] ?? 'unseen';
  }

  setState(client: number, state: string): void {
    this.state[client] = stateCodes.get(state) ?? 0;
  }

  setFailReason(client: number, reason: string | undefined, frame: number): void {
    if (this.failReasons[client] === reason) return;
    this.failReasons[client] = reason;
    this.#failedIn[client] = frame;
  }

  /** The agents that have changed after a frame, column by column; undefined when none has. */
  changedAfter(frame: number): ColumnGroup | undefined {
    const rows: number[] = [];
    for (let client = 0; client < this.clients; client++) {
      if ((this.#changedIn[client] ?? 0) > frame) rows.push(client);
    }
    if (rows.length === 0) return undefined;
    const pick = <T extends Column>(column: T, into: T): T => {
      for (let i = 0; i < rows.length; i++) into[i] = column[rows[i] ?? 0] ?? 0;
      return into;
    };
    const whole = (column: Uint32Array): Uint32Array => pick(column, new Uint32Array(rows.length));
    const floats = (column: Float32Array): Float32Array => pick(column, new Float32Array(rows.length));
    return {
      client: Uint32Array.from(rows),
      state: pick(this.state, new Uint8Array(rows.length)),
      round: whole(this.round),
      pid: whole(this.pid),
      samples: whole(this.samples),
      participations: whole(this.participations),
      failures: whole(this.failures),
      ...Object.fromEntries(
        [...Object.entries(this.gauges), ...Object.entries(this.results)].map(([id, column]) => [
          id,
          floats(column),
        ]),
      ),
    };
  }

  failReasonsAfter(frame: number): [client: number, reason: string | null][] {
    const changed: [number, string | null][] = [];
    for (let client = 0; client < this.clients; client++) {
      if ((this.#failedIn[client] ?? 0) > frame) changed.push([client, this.failReasons[client] ?? null]);
    }
    return changed;
  }

  views(): AgentView[] {
    return Array.from({ length: this.clients }, (_, client) => ({
      client,
      agent: agentId(client),
      state: this.stateOf(client),
      round: this.round[client] ?? 0,
      pid: this.pid[client] ?? 0,
      samples: this.samples[client] ?? 0,
      participations: this.participations[client] ?? 0,
      failures: this.failures[client] ?? 0,
      failReason: this.failReasons[client],
      metrics: Object.fromEntries(
        [...Object.entries(this.gauges), ...Object.entries(this.results)]
          .map(([id, column]) => [id, column[client] ?? Number.NaN] as const)
          .filter(([, value]) => !Number.isNaN(value)),
      ),
    }));
  }
}
