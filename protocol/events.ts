import type { Origin } from './envelope.js';
import type { AgentState, MessageKind, Telemetry, TrainingMetrics } from './messages.js';
import type { Quality } from './quality.js';
import type { RunConfig } from './run-config.js';

/** States of the aggregator's round machine, in their order. */
export const roundStates = ['announce', 'collect', 'aggregate', 'evaluate', 'compose', 'store'] as const;
export type RoundState = (typeof roundStates)[number];

/** Totals since the broker started. `source` tells who counted: the broker, or the aggregator's client. */
export interface BrokerCounters {
  readonly source: 'broker' | 'aggregator';
  readonly clients: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** How a client's share of the training data differs from the whole. */
export interface ShareHeterogeneity {
  /** Share of all samples that are given out. */
  readonly sizeShare: number;
  /** 2 to the power of the label entropy: 1 for a single class, K for K equal ones; 0 without samples. */
  readonly effectiveClasses: number;
  /** Kullback-Leibler divergence KL(p_i ‖ p) of the labels from the global mix, in bits. */
  readonly klDivergence: number | null;
  /** Jensen-Shannon divergence of p_i and p, in bits: 0 when equal, at most 1 (Lin 1991). */
  readonly jsDivergence: number | null;
}

/** A client's share of the training data. */
export interface ClientShare {
  readonly client: number;
  readonly samples: number;
  /** Samples per class. */
  readonly labelCounts: readonly number[];
  /** Positions in the training set. */
  readonly indices: Uint32Array;
  readonly heterogeneity: ShareHeterogeneity;
  /** SHA-256 of the share's sample indices (uint32, little-endian). */
  readonly shareSha256: string;
}

/** What became of one client in one round. */
export interface ClientOutcome {
  readonly client: number;
  readonly round: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly selected: boolean;
  /** Whether it was there, ready, to be sent to work. */
  readonly attempted: boolean;
  readonly participated: boolean;
  /** Why it did not take part; undefined when it did. */
  readonly failReason: string | undefined;
  readonly samples: number;
  readonly metrics: TrainingMetrics | undefined;
  /** The global model that the round began with, on the test set. */
  readonly testBefore: Quality;
  /** From the arrival of its update to the beginning of the aggregation, in seconds. */
  readonly aggregationWaitS: number | undefined;
}

/** A message over MQTT without its content, as the aggregator saw it pass. */
export interface PassedMessage extends Origin {
  readonly kind: MessageKind;
  /** `up` to the aggregator, `down` to the agents. */
  readonly direction: 'up' | 'down';
  /** The client that sent it or that it is for; undefined for what all agents read. */
  readonly client: number | undefined;
  /** The round that it is about, where it is about one. */
  readonly round: number | undefined;
  /** Of the payload, envelope included. */
  readonly bytes: number;
}

/** Times are milliseconds since 1970 by this machine's clock. */
export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly ts: number;
      readonly runId: string;
      readonly config: RunConfig;
      readonly configSha256: string;
      readonly codeVersion: string;
      /** Facts of the run beyond its configuration: engine, parameter count, machine. */
      readonly params: Readonly<Record<string, string | number>>;
      readonly clients: readonly ClientShare[];
      /** The last round that the store has of a run that is resumed. */
      readonly resumedAfter?: number | undefined;
    }
  | {
      /** The decision of the composition step: who takes part in a round. */
      readonly type: 'composition';
      readonly ts: number;
      readonly round: number;
      readonly strategy: string;
      readonly eligible: readonly number[];
      readonly chosen: readonly number[];
    }
  | {
      readonly type: 'agent-state';
      readonly ts: number;
      readonly client: number;
      readonly state: AgentState;
      readonly round: number;
      readonly pid: number;
      /** The machine that it runs on and the engine that it trains by; unknown of replayed runs. */
      readonly device?:
        | { readonly host: string; readonly cores: number; readonly engine: string }
        | undefined;
      readonly reason?: string | undefined;
    }
  | {
      readonly type: 'round-state';
      readonly ts: number;
      readonly round: number;
      readonly state: RoundState;
      readonly participants: readonly number[];
    }
  | { readonly type: 'client-finished'; readonly ts: number; readonly outcome: ClientOutcome }
  | {
      readonly type: 'round-finished';
      readonly ts: number;
      readonly round: number;
      readonly startedAt: number;
      /** Chosen clients that were sent to work. */
      readonly attempted: number;
      readonly participated: number;
      readonly failed: number;
      /** The global model on the whole test set. */
      readonly global: Quality;
      readonly paramsCount: number;
      /** SHA-256 of the global weights after aggregation (float32, little-endian). */
      readonly weightsSha256: string;
      readonly collectTimeS: number;
      readonly aggregateTimeS: number;
      readonly evaluateTimeS: number;
    }
  | {
      readonly type: 'telemetry';
      readonly ts: number;
      readonly sentAt: number;
      readonly client: number;
      readonly boot: number;
      readonly seq: number;
      readonly body: Telemetry;
    }
  /** Received, or published, at `ts`; telemetry has events of its own. */
  | ({ readonly type: 'message'; readonly ts: number } & PassedMessage)
  | { readonly type: 'broker'; readonly ts: number; readonly counters: BrokerCounters }
  | {
      readonly type: 'log';
      readonly ts: number;
      readonly level: 'info' | 'warn' | 'error';
      readonly code: string;
      readonly message: string;
      readonly client?: number | undefined;
      /** The round that it is about, where it is about one. */
      readonly round?: number | undefined;
    }
  | {
      readonly type: 'run-finished';
      readonly ts: number;
      readonly status: RunStatus;
      readonly reason?: string | undefined;
    };

export type RunStatus = 'running' | 'finished' | 'failed' | 'interrupted';
export type RunEventListener = (event: RunEvent) => void;

/** The run's events in order, to any number of listeners. A listener must not throw. */
export class RunEventStream {
  readonly #listeners = new Set<RunEventListener>();

  publish(event: RunEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: RunEventListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
