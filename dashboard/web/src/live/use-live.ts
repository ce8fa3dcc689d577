import { useEffect } from 'preact/hooks';
import type { RunView } from '../../../server/frames/live-view.js';
import { type SeriesMetric, type SeriesSpan, seriesTopic } from '../../../server/frames/metrics.js';
import { useStore } from '../state/store.js';
import { live, want } from './connection.js';
import type { AgentTable, LiveModel, Series } from './model.js';

/** A part of the live model; see `useStore`. */
export function useLive<S>(select: (model: LiveModel) => S): S {
  return useStore(live, select);
}

/** Has the server send topics for as long as the component is there. */
function useTopics(topics: readonly string[]): void {
  const key = topics.join(' ');
  useEffect(() => want(key.split(' ')), [key]);
}

export function useAgents(): AgentTable {
  useTopics(['agents']);
  return useLive(({ agents }) => agents);
}

export function useSeries(metric: SeriesMetric, span: SeriesSpan): Series | undefined {
  const topic = seriesTopic(metric, span);
  useTopics([topic]);
  return useLive(({ series }) => series.get(topic));
}

export type ScoreName = RunView['scoreName'];

/** What the numbers called accuracy are, in the run that the page shows. */
export function useScoreName(): ScoreName {
  return useLive(({ run }) => run?.scoreName ?? 'accuracy');
}

/** The run that the page shows, live or stored. */
export function useRunId(): string | undefined {
  return useLive(({ run }) => run?.runId);
}
