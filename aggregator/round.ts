import type { ClientOutcome, ClientShare, Quality } from '#protocol';
import type { CollectedOutcome } from './collection.js';

/** A round that goes on. Times in milliseconds since 1970. */
export interface Round {
  readonly number: number;
  readonly participants: readonly number[];
  readonly startedAt: number;
  collectTimeS: number;
  aggregateTimeS: number;
  evaluateTimeS: number;
  aggregationStartedAt: number;
  /** The global model that the round begins with. */
  readonly before: Quality;
}

/**
 * A round that begins.
 * @param before the global model that it begins with
 * @param startedAt milliseconds since 1970
 */
export function newRound(
  number: number,
  participants: readonly number[],
  before: Quality,
  startedAt: number,
): Round {
  return {
    number,
    participants,
    startedAt,
    collectTimeS: 0,
    aggregateTimeS: 0,
    evaluateTimeS: 0,
    aggregationStartedAt: 0,
    before,
  };
}

/** What is told of a client at the end of a round. @param collected undefined when it was not chosen */
export function clientOutcome(
  client: number,
  { number: round, startedAt, before, aggregationStartedAt }: Round,
  collected: CollectedOutcome | undefined,
  share: ClientShare | undefined,
): ClientOutcome {
  const participated = collected?.metrics !== undefined;
  return {
    client,
    round,
    startedAt: collected?.startedAt ?? startedAt,
    finishedAt: collected?.finishedAt ?? startedAt,
    selected: collected !== undefined,
    // Its work may have been dispatched before this process took the run over, and is said again only.
    attempted: collected?.wasDispatched === true || participated,
    participated,
    testBefore: before,
    aggregationWaitS: participated
      ? Math.max(0, aggregationStartedAt - collected.finishedAt) / 1000
      : undefined,
    failReason: collected === undefined ? 'not_selected' : collected.failReason,
    samples: collected?.metrics?.samples ?? share?.samples ?? 0,
    metrics: collected?.metrics,
  };
}
