import type { Samples } from '../datasets/samples.js';
import { selectSamples } from './select-samples.js';

/** What decides where a client's window stands; see `RunConfig`. */
export interface DriftSettings {
  readonly drift: 'gradual' | 'abrupt' | 'recurring';
  readonly rounds: number;
  /** First round after an abrupt drift. */
  readonly driftRound?: number | undefined;
  /** Rounds after which a recurring drift has its first mix back. */
  readonly driftPeriod?: number | undefined;
}

/**
 * How far the drift is in a round: 0 at the first mix of labels, 1 at the second.
 *
 * - gradual: (r - 1) / (R - 1)
 * - abrupt: 0 before `driftRound`, 1 from it on
 * - recurring: 0 in the first half of each period, 1 in the second
 *
 * The kinds are those of Gama et al. 2014, "A Survey on Concept Drift Adaptation", figure 2.
 * @param round from 1
 */
export function driftProgress(round: number, settings: DriftSettings): number {
  const { drift, rounds, driftRound = Number.POSITIVE_INFINITY, driftPeriod = 2 } = settings;
  switch (drift) {
    case 'gradual':
      return rounds < 2 ? 0 : (round - 1) / (rounds - 1);
    case 'abrupt':
      return round < driftRound ? 0 : 1;
    case 'recurring':
      return (round - 1) % driftPeriod < Math.ceil(driftPeriod / 2) ? 0 : 1;
  }
}

/** The window of ⌊n / 2⌋ samples of a client's stream that it trains on when the drift is that far. */
export function driftWindow(stream: Samples, progress: number): Samples {
  const width = Math.floor(stream.count / 2);
  const start = Math.round(progress * (stream.count - width));
  return selectSamples(stream, start, start + width);
}
