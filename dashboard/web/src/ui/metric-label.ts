import type { Metric } from '../../../server/frames/metrics.js';
import type { ScoreName } from '../live/use-live.js';

/** What a metric is called in a run: regressions and clusterings have a score in the place of accuracy. */
export const metricLabel = ({ id, label }: Metric, scoreName: ScoreName): string =>
  id === 'accuracy' ? `Local ${scoreName}` : label;
