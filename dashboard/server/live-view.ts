/**
 * What the page sees of a run, and the frames it comes in. Plain JSON: the page imports these types.
 * Times are milliseconds since 1970 by the server's clock.
 */
export interface RunView {
  readonly runId: string;
  readonly name: string;
  readonly dataset: string;
  readonly strategy: string;
  readonly composition: string;
  readonly engine: string;
  readonly seed: number;
  readonly clients: number;
  readonly rounds: number;
  /** The round that goes on, or the last one; 0 before the first. */
  readonly round: number;
  /** State of the round machine, `starting` before the first round. */
  readonly roundState: string;
  /** Participants of the round and how many of them have reported. */
  readonly participants: number;
  readonly reported: number;
  readonly status: 'running' | 'finished' | 'failed' | 'interrupted';
  readonly reason: string | undefined;
  readonly startedAt: number;
  /** When the first round began; 0 before. */
  readonly roundsBeganAt: number;
  readonly finishedAt: number | undefined;
}

export interface RoundPoint {
  readonly round: number;
  readonly accuracy: number;
  readonly loss: number;
  readonly participated: number;
  readonly failed: number;
  readonly durationS: number;
  readonly at: number;
}

export interface AgentView {
  readonly client: number;
  readonly agent: string;
  readonly state: string;
  readonly round: number;
  readonly pid: number;
  readonly samples: number;
  readonly rssMb: number | undefined;
  /** CPU time over wall time; 1 is one core. */
  readonly cpuUtilization: number | undefined;
  /** From sending to receiving a telemetry message. */
  readonly latencyMs: number | undefined;
  /** Accuracy of the last local model on the test set. */
  readonly accuracy: number | undefined;
  /** Why its last round failed; undefined when it did not. */
  readonly failReason: string | undefined;
  readonly failures: number;
  readonly participations: number;
}

/** Rates over about a second, and totals. `source` tells who counted. */
export interface TrafficPoint {
  readonly at: number;
  readonly source: 'broker' | 'aggregator';
  readonly messagesInPerS: number;
  readonly messagesOutPerS: number;
  readonly bytesInPerS: number;
  readonly bytesOutPerS: number;
  readonly messages: number;
  readonly bytes: number;
}

export interface LogLine {
  /** Numbered from 1 over the run. */
  readonly id: number;
  readonly at: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly code: string;
  readonly message: string;
}

/** Everything a page needs to begin with. */
export interface LiveState {
  readonly run: RunView | undefined;
  readonly rounds: readonly RoundPoint[];
  readonly agents: readonly AgentView[];
  readonly traffic: readonly TrafficPoint[];
  readonly log: readonly LogLine[];
}

/** What changed: `run` and each of `agents` replace, the others are appended. */
export interface LivePatch {
  readonly run?: RunView;
  readonly agents?: readonly AgentView[];
  readonly rounds?: readonly RoundPoint[];
  readonly traffic?: readonly TrafficPoint[];
  readonly log?: readonly LogLine[];
}

/** Frames are numbered from 0, the snapshot, without gaps for each page. `now` is the server's clock. */
export type Frame =
  | { readonly type: 'snapshot'; readonly seq: number; readonly now: number; readonly state: LiveState }
  | {
      readonly type: 'patch';
      readonly seq: number;
      readonly now: number;
      readonly patch: LivePatch;
      /** Frames that were merged into this one because the page is slow; 1 when it keeps up. */
      readonly merged: number;
    };

/** Points of traffic that a page keeps: two minutes at one a second. */
export const trafficPoints = 120;
/** Lines of the log that a page keeps. */
export const logLines = 500;
