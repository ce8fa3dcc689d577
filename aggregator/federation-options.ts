import type { CompositionStrategy } from '#composition';
import type { AggregationStrategy, UpdateRules } from '#learning';
import type { ClientShare, Quality, RunConfig, RunEventStream } from '#protocol';
import type { DroppedMessages } from './drop-counter.js';

/** How the federation reaches its agents. */
export interface FleetLink {
  publishRound(
    plan: { round: number; participants: number[]; modelSha256: string; modelBytes: number },
    model: Uint8Array,
  ): Promise<void>;
  command(client: number, command: { command: 'dispatch' | 'abandon'; round: number }): Promise<void>;
  /** A killed process may have left a model of so many bytes on the broker, which is to be cleared with the rest. */
  mayHaveLeft(modelBytes: number): void;
  /** The messages that were dropped since the last call. */
  takeDropped(): readonly DroppedMessages[];
}

export interface FederationOptions {
  readonly config: RunConfig;
  readonly shares: readonly ClientShare[];
  readonly initialWeights: Float32Array;
  readonly composition: CompositionStrategy;
  readonly aggregation: AggregationStrategy;
  /** What updates have to be; others are rejected. */
  readonly updateRules: UpdateRules;
  readonly events: RunEventStream;
  readonly link: FleetLink;
  readonly evaluate: (weights: Float32Array) => Promise<Quality>;
  /** Where a resumed run goes on: after this round, from `initialWeights`. */
  readonly resumeAfter?: FinishedRound | undefined;
  /** Saves the global model of a round, before the round is published as finished. */
  readonly saveModel: (round: number, weights: Float32Array) => void;
  /**
   * Makes everything published so far durable; called at the start and at the end of every round. The next
   * round begins meanwhile, and ends only after it.
   */
  readonly checkpoint: () => Promise<void>;
  /** Awaited between two rounds: a paused run waits here. */
  readonly mayBegin?: () => Promise<void>;
  readonly signal: AbortSignal;
}

interface FinishedRound {
  readonly round: number;
  readonly evaluation: Quality;
}

export interface FederationResult {
  readonly rounds: number;
  readonly global: Quality;
  readonly weights: Float32Array;
  readonly weightsSha256: string;
}
