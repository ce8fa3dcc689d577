/**
 * What the page sees of a run. Small records travel as JSON in a frame's header, the numbers of agents
 * and series as columns beside it (columns.ts). Times are milliseconds since 1970 by the server's clock.
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
  /** Whether a user has asked that no round begins. */
  readonly isPaused: boolean;
  /** What the numbers called accuracy are: of a regression or a clustering, its score. */
  readonly scoreName: 'accuracy' | 'score';
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

/** States of an agent in the order of their codes in a frame's column `state`. */
export const agentStateNames = [
  'unseen',
  'starting',
  'idle',
  'fetching',
  'waiting',
  'training',
  'uploading',
  'offline',
] as const;

export interface AgentView {
  readonly client: number;
  readonly agent: string;
  readonly state: string;
  readonly round: number;
  readonly pid: number;
  readonly samples: number;
  readonly failures: number;
  readonly participations: number;
  /** Why its last round failed; undefined when it did not. */
  readonly failReason: string | undefined;
  /** Latest value of each metric of telemetry and results, by id; none before there is one. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Totals of the run, over all brokers that it has had here, with their rates over about a second. `source` tells who counted. */
export interface TrafficView {
  readonly at: number;
  readonly source: 'broker' | 'aggregator';
  /** Connections to the broker. */
  readonly clients: number;
  readonly messagesInPerS: number;
  readonly messagesOutPerS: number;
  readonly bytesInPerS: number;
  readonly bytesOutPerS: number;
  readonly messages: number;
  readonly bytes: number;
}

/** How the store's writer keeps up. */
export interface WriterView {
  readonly at: number;
  /** Rows in the database so far, and their rate over about a second. */
  readonly rows: number;
  readonly rowsPerS: number;
  /** Rows that wait to be stored: in memory, and in the spool of a database that is away. */
  readonly waiting: number;
  readonly spooled: number;
  /** When the oldest of these came; undefined when all is stored. */
  readonly waitingSince: number | undefined;
  /** Events that could not be kept: the buffer was full, or no column could hold them. */
  readonly dropped: number;
  readonly rejected: number;
}

export interface LogLine {
  /** Numbered from 1 over the run. */
  readonly id: number;
  readonly at: number;
  /** That of the stored event: what is no warning in the store is none here. */
  readonly level: 'info' | 'warn' | 'error';
  readonly code: string;
  readonly message: string;
  readonly client?: number | undefined;
}

/** Lines of the log over the whole run by level, also those before the latest that a page keeps. */
export type LogCounts = Readonly<Record<LogLine['level'], number>>;

/** The state as the HTTP API gives it. */
export interface LiveState {
  readonly run: RunView | undefined;
  readonly rounds: readonly RoundPoint[];
  readonly agents: readonly AgentView[];
  readonly traffic: TrafficView | undefined;
  readonly writer: WriterView | undefined;
  /** Telemetry messages: taken in, and missing between the numbers of those. */
  readonly telemetry: { readonly received: number; readonly lost: number };
  readonly log: readonly LogLine[];
  readonly logCounts: LogCounts;
}

/** Where the frames of a page come from. */
export type FrameSource =
  | {
      readonly kind: 'live';
      /** Whether the run can be paused, stopped and so on from here. */
      readonly canAct: boolean;
      /** Whether a run can be started from here, when none goes on. */
      readonly canStart: boolean;
    }
  | {
      readonly kind: 'replay';
      readonly run: string;
      /** Where the replay is, between `from` and `to`. */
      readonly at: number;
      readonly from: number;
      readonly to: number;
      /** How many times as fast as it was. */
      readonly speed: number;
      readonly isPlaying: boolean;
      /** Id of the run that goes on meanwhile; absent when none does. */
      readonly liveRun?: string;
      /** Whether a run can be started from here, when none goes on. */
      readonly canStart: boolean;
    };
/** What a replay knows of itself; the rest is of the server. */
export type ReplaySource = Omit<Extract<FrameSource, { kind: 'replay' }>, 'liveRun' | 'canStart'>;

/**
 * A frame tells all that has changed after frame `since` up to frame `seq`; since 0 it is the whole
 * state. Records replace those of the same key (round, log id, client, bucket), so that a change told
 * twice does no harm. A slow page gets fewer frames, each over more: `seq - since` tells how many.
 */
export interface FrameHeader {
  readonly epoch: string;
  readonly since: number;
  readonly seq: number;
  readonly now: number;
  /** When the latest event came; 0 before the first. */
  readonly dataAt: number;
  readonly source: FrameSource;
  readonly run?: RunView | undefined;
  readonly rounds?: readonly RoundPoint[];
  readonly traffic?: TrafficView | undefined;
  readonly writer?: WriterView | undefined;
  readonly telemetry?: LiveState['telemetry'];
  readonly log?: readonly LogLine[];
  readonly logCounts?: LogCounts;
  /** Fail reasons that have changed, null where there is none any more. */
  readonly failReasons?: readonly (readonly [client: number, reason: string | null])[];
  /** Width of the buckets of each series in the frame, in milliseconds, by topic. */
  readonly widths?: Readonly<Record<string, number>>;
}

/** What a page says. The first message must be `subscribe`. */
export type PageMessage =
  | {
      readonly type: 'subscribe';
      readonly topics: readonly string[];
      /** Where the page is, so that only what has changed since is sent. */
      readonly epoch?: string | undefined;
      readonly lastSeq?: number | undefined;
    }
  /** The page has drawn so many frames since it connected. */
  | { readonly type: 'ack'; readonly frames: number }
  /** Show a stored run, from its end or from `at`. */
  | { readonly type: 'replay'; readonly run: string; readonly at?: number | undefined }
  | { readonly type: 'play'; readonly speed: number }
  | { readonly type: 'pause' }
  | { readonly type: 'seek'; readonly at: number }
  | { readonly type: 'live' };

/** Lines of the log that a page keeps. */
export const logLines = 500;
