import { type RunConfig, randomStream } from '#protocol';
import type { Samples } from '../datasets/samples.js';
import { driftingClients, labelCycle } from './concept-drift.js';
import { driftProgress, driftWindow } from './drift-window.js';
import { addNoise, noiseVariance } from './feature-noise.js';
import { brighten, clientShift, rotate } from './feature-shift.js';

/** What one client trains on, by round. */
export interface ClientData {
  /** Samples of the whole share. */
  readonly count: number;
  /** Training samples of a round, from 1. */
  inRound(round: number): Samples;
}

type Settings = Pick<
  RunConfig,
  | 'strategy'
  | 'distributionParam'
  | 'featureShift'
  | 'drift'
  | 'driftRound'
  | 'driftPeriod'
  | 'clients'
  | 'rounds'
  | 'seed'
>;

/**
 * Makes of a client's share what the client sees of it: strategies that change features, labels or the
 * part of the share in use, see `docs/distributions.md`. The test set stays as it is.
 *
 * @param share its samples in the order of `partition`
 * @param classes number of labels
 */
export function clientData(share: Samples, classes: number, client: number, settings: Settings): ClientData {
  const { strategy, clients, seed, distributionParam = 0, drift, driftRound = 0 } = settings;
  const always = (samples: Samples): ClientData => ({ count: share.count, inRound: () => samples });
  switch (strategy) {
    case 'feature_noise': {
      const variance = noiseVariance(client, clients, distributionParam);
      return always(addNoise(share, variance, randomStream(seed, 'noise', client)));
    }
    case 'feature_shift': {
      const shift = clientShift(client, clients, distributionParam);
      return always(
        settings.featureShift === 'brightness' ? brighten(share, shift / 100) : rotate(share, shift),
      );
    }
    case 'concept_drift': {
      if (!driftingClients(clients, distributionParam, seed).has(client)) return always(share);
      const cycle = labelCycle(classes, client, seed);
      const drifted = { ...share, labels: share.labels.map((label) => cycle[label] ?? label) };
      return { count: share.count, inRound: (round) => (round < driftRound ? share : drifted) };
    }
    case 'temporal_drift': {
      if (drift === undefined) return always(share);
      const settled = { ...settings, drift };
      return {
        count: share.count,
        inRound: (round) => driftWindow(share, driftProgress(round, settled)),
      };
    }
    default:
      return always(share);
  }
}
