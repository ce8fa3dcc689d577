import type { TrainingMetrics } from '#protocol';
import { HostQueues } from './host-queues.js';

/**
 * Why the aggregator itself fails a client's part in a round: never there, gone in mid-round, on other data,
 * too late, or with an update that is malformed or not finite. What an agent reports itself is the text of
 * its error.
 */
type FailReason =
  | 'client_dropout'
  | 'not_connected'
  | 'agent_lost'
  | 'data_mismatch'
  | 'deadline'
  | 'update_rejected';

type Phase = 'pending' | 'ready' | 'training' | 'uploading' | 'done' | 'failed';

interface Progress {
  phase: Phase;
  wasDispatched: boolean;
  host: string;
  startedAt: number;
  finishedAt: number;
  failReason: string | undefined;
  metrics: TrainingMetrics | undefined;
  weights: Float32Array | undefined;
  weightsSha256: string | undefined;
  announcedSha256: string | undefined;
}

/** A finished participant of a round, ready for aggregation. */
export interface CollectedUpdate {
  readonly client: number;
  readonly weights: Float32Array;
  readonly metrics: TrainingMetrics;
}

export interface CollectedOutcome {
  readonly client: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly wasDispatched: boolean;
  readonly failReason: string | undefined;
  readonly metrics: TrainingMetrics | undefined;
}

/**
 * The collect state of one round: who is ready, who trains, whose update is in. It does no I/O and
 * reads no clock; the caller tells it what happened and when, and asks whom to dispatch.
 *
 * A participant goes pending → ready → training → uploading → done, or fails at any point. A failed
 * one stays failed for the round: what arrives later is ignored.
 */
export class Collection {
  readonly round: number;
  readonly #progress: Map<number, Progress>;
  readonly #queues = new HostQueues();
  #openCount: number;

  constructor(round: number, participants: readonly number[], startedAt: number) {
    this.round = round;
    this.#progress = new Map(participants.map((client) => [client, freshProgress(startedAt)]));
    this.#openCount = this.#progress.size;
  }

  /** The agent has verified the round's model and waits for its dispatch. */
  ready(client: number, host: string, cores: number): void {
    this.#queues.setCores(host, cores);
    const progress = this.#progress.get(client);
    // One that trains still waits by its own word: its dispatch was lost.
    if (progress?.phase !== 'pending' && progress?.phase !== 'training') return;
    this.#enter(client, progress, 'ready');
    progress.host = host;
    this.#queues.wait(host, client);
  }

  /** The agent has trained and sends its update: its core is free again. */
  uploading(client: number): void {
    const progress = this.#progress.get(client);
    if (progress?.phase === 'training') this.#enter(client, progress, 'uploading');
  }

  /** The agent's metrics are in. `updateSha256` is what its update must hash to. */
  trained(client: number, metrics: TrainingMetrics, updateSha256: string, at: number): void {
    const progress = this.#open(client);
    if (progress === undefined) return;
    progress.metrics = metrics;
    progress.announcedSha256 = updateSha256;
    this.#settle(client, progress, at);
  }

  /** The agent's update is in, whole. */
  updated(client: number, weights: Float32Array, weightsSha256: string, at: number): void {
    const progress = this.#open(client);
    if (progress === undefined) return;
    progress.weights = weights;
    progress.weightsSha256 = weightsSha256;
    this.#settle(client, progress, at);
  }

  fail(client: number, reason: FailReason, at: number): void {
    this.#fail(client, reason, at);
  }

  /** The agent itself says that it cannot, and why. */
  reportedFailure(client: number, reason: string, at: number): void {
    this.#fail(client, reason, at);
  }

  #fail(client: number, reason: string, at: number): void {
    const progress = this.#open(client);
    if (progress === undefined) return;
    this.#enter(client, progress, 'failed');
    progress.failReason = reason;
    progress.finishedAt = at;
    progress.weights = undefined;
  }

  /** Fails every participant that is not done. @returns those clients */
  expire(at: number): number[] {
    const late = this.open();
    for (const client of late) this.fail(client, 'deadline', at);
    return late;
  }

  /**
   * Whom to dispatch now, in client order: no more agents train at once on a host than it has
   * cores, so that measured compute times mean something. Marks them as training.
   */
  dispatch(at: number): number[] {
    const chosen = this.#queues.take();
    for (const client of chosen) {
      const progress = this.#progress.get(client);
      if (progress === undefined) continue;
      progress.phase = 'training';
      progress.wasDispatched = true;
      progress.startedAt = at;
    }
    return chosen;
  }

  isOpen(client: number): boolean {
    return this.#open(client) !== undefined;
  }

  /** Whether the client was chosen and has not failed. */
  takesPart(client: number): boolean {
    return this.#progress.has(client) && !this.hasFailed(client);
  }

  hasFailed(client: number): boolean {
    return this.#progress.get(client)?.phase === 'failed';
  }

  /** All participants are done or have failed. */
  isOver(): boolean {
    return this.#openCount === 0;
  }

  /** Participants that are neither done nor failed, in client order. */
  open(): number[] {
    return [...this.#progress].filter(([, { phase }]) => isOpen(phase)).map(([client]) => client);
  }

  /** The updates that came in, in client order. */
  updates(): CollectedUpdate[] {
    return [...this.#progress].flatMap(([client, { phase, weights, metrics }]) =>
      phase === 'done' && weights && metrics ? [{ client, weights, metrics }] : [],
    );
  }

  outcome(client: number): CollectedOutcome | undefined {
    const progress = this.#progress.get(client);
    if (progress === undefined) return undefined;
    const { startedAt, finishedAt, wasDispatched, failReason, metrics, phase } = progress;
    return {
      client,
      startedAt,
      finishedAt,
      wasDispatched,
      failReason,
      metrics: phase === 'done' ? metrics : undefined,
    };
  }

  #open(client: number): Progress | undefined {
    const progress = this.#progress.get(client);
    return progress !== undefined && isOpen(progress.phase) ? progress : undefined;
  }

  /** Leaves the phase that the client was in, and what it held of its host. */
  #enter(client: number, progress: Progress, phase: Phase): void {
    if (progress.phase === 'ready') this.#queues.leave(progress.host, client);
    if (progress.phase === 'training') this.#queues.release(progress.host);
    if (isOpen(progress.phase) && !isOpen(phase)) this.#openCount--;
    progress.phase = phase;
  }

  #settle(client: number, progress: Progress, at: number): void {
    const { metrics, weights, weightsSha256, announcedSha256 } = progress;
    if (metrics === undefined || weights === undefined) return;
    // The result may name a newer update than the one that is in (the agent trained twice).
    if (weightsSha256 !== announcedSha256) return;
    this.#enter(client, progress, 'done');
    progress.finishedAt = at;
  }
}

const isOpen = (phase: Phase): boolean => phase !== 'done' && phase !== 'failed';

function freshProgress(startedAt: number): Progress {
  return {
    phase: 'pending',
    wasDispatched: false,
    host: '',
    startedAt,
    finishedAt: startedAt,
    failReason: undefined,
    metrics: undefined,
    weights: undefined,
    weightsSha256: undefined,
    announcedSha256: undefined,
  };
}
