import type { RoundPoint, RunView } from '../../../../server/frames/live-view.js';

/** How far into a round each state of the round machine is; collecting fills its span as updates come. */
const roundShare: Readonly<Record<string, number>> = {
  announce: 0,
  collect: 0.05,
  aggregate: 0.9,
  evaluate: 0.93,
  compose: 0.97,
  store: 0.98,
};

/** @returns the share of the run that is done, 0..1 */
export function runProgress(run: RunView, rounds: readonly RoundPoint[]): number {
  const done = rounds.at(-1)?.round ?? 0;
  if (run.status === 'finished') return 1;
  return Math.min(1, (done + (run.round > done ? shareOfRound(run) : 0)) / run.rounds);
}

function shareOfRound({ roundState, reported, participants }: RunView): number {
  const begun = roundShare[roundState] ?? 0;
  if (roundState !== 'collect' || participants === 0) return begun;
  return begun + 0.85 * Math.min(1, reported / participants);
}

/** The rounds that have finished since a time: a resumed run has others from before. */
export const roundsSince = (rounds: readonly RoundPoint[], time: number): readonly RoundPoint[] =>
  rounds.filter(({ at }) => at >= time);

/**
 * Seconds that the rounds to come will take at the mean pace of those that this process has done;
 * undefined before the first is done, while the run is paused and after it.
 * @param now milliseconds since 1970 by the server's clock
 */
export function remainingSeconds(
  run: RunView,
  rounds: readonly RoundPoint[],
  now: number,
): number | undefined {
  if (run.status !== 'running' || run.isPaused || run.roundsBeganAt === 0) return undefined;
  const done = roundsSince(rounds, run.roundsBeganAt);
  const last = done.at(-1);
  if (last === undefined) return undefined;
  const perRoundMs = (last.at - run.roundsBeganAt) / done.length;
  return Math.max(0, last.at + perRoundMs * (run.rounds - last.round) - now) / 1000;
}

/** The best round by accuracy, the earliest of equals. */
export function bestRound(rounds: readonly RoundPoint[]): RoundPoint | undefined {
  let best: RoundPoint | undefined;
  // What is no number has come as null, which would pass for 0.
  for (const point of rounds.filter(({ accuracy }) => Number.isFinite(accuracy))) {
    if (best === undefined || point.accuracy > best.accuracy) best = point;
  }
  return best;
}
