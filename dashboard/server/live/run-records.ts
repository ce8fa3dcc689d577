import type { RunEvent } from '#protocol';
import type { RunView } from '../frames/live-view.js';
import type { ResultMetric } from '../frames/metrics.js';

/** What the page says of a run from its start. */
export interface RunFacts
  extends Pick<
    RunView,
    'runId' | 'dataset' | 'strategy' | 'composition' | 'engine' | 'seed' | 'clients' | 'rounds'
  > {
  readonly ts: number;
  readonly name?: string | undefined;
  /** The last round that was finished before, of a run that is resumed. */
  readonly resumedAfter?: number | undefined;
  readonly shares: readonly { readonly client: number; readonly samples: number }[];
}

/** `failReason` is undefined when the client's update was aggregated. */
export interface ClientResult {
  readonly ts: number;
  readonly client: number;
  readonly failReason: string | undefined;
  readonly results: Readonly<Partial<Record<ResultMetric, number>>> | undefined;
}

/** What the page says of a finished round. */
export type RoundEnd = Pick<
  Extract<RunEvent, { type: 'round-finished' }>,
  'ts' | 'startedAt' | 'round' | 'participated' | 'failed' | 'global'
>;

/** The view of a run that begins. */
export function viewOfStart({ ts, runId, name = runId, resumedAfter = 0, ...facts }: RunFacts): RunView {
  const { dataset, strategy, composition, engine, seed, clients, rounds } = facts;
  return {
    ...{ runId, name, dataset, strategy, composition, engine, seed, clients, rounds },
    round: resumedAfter,
    roundState: 'starting',
    participants: 0,
    reported: 0,
    status: 'running',
    isPaused: false,
    scoreName: 'accuracy',
    reason: undefined,
    startedAt: ts,
    roundsBeganAt: 0,
    finishedAt: undefined,
  };
}
