import type { Better } from '../../charts/pareto.js';
import type { ScoreName } from '../../live/use-live.js';
import { type Answer, useQuery } from '../../state/use-query.js';
import { unitOfColumn } from '../../ui/format.js';

/** A quality of a service that the store can tell, of a client in a round. */
export interface QosMetric {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  /** SQL over a row of `client_rounds`. */
  readonly sql: string;
  readonly better: Better;
}

/** Qualities that are made of several columns. */
const derived: readonly QosMetric[] = [
  {
    id: 'throughput',
    label: 'throughput',
    unit: 'samples/s',
    sql: 'samples_count / nullif(compute_time_s, 0)',
    better: 'more',
  },
  {
    id: 'availability',
    label: 'availability',
    unit: 'ratio',
    sql: 'CASE WHEN selected_flag THEN participated_flag::int END',
    better: 'more',
  },
  {
    id: 'response_time_s',
    label: 'response time',
    unit: 's',
    sql: 'extract(epoch FROM finished_at - started_at)',
    better: 'less',
  },
];
/** The column of what the Overview calls accuracy, or score. */
export const scoreColumn = (scoreName: ScoreName): string =>
  scoreName === 'accuracy' ? 'accuracy' : 'metric_score';

/** In the place of values that are not there. @param finished rounds */
export const noValuesText = (finished: number): string =>
  finished === 0 ? 'The first values come with the end of round 1.' : 'This run has no value of it.';

const labelOf = (column: string): string =>
  column === 'metric_score' ? 'score' : column.replace(/_(s|ms|mb|usd|j|w)$/, '').replaceAll('_', ' ');

const keys = new Set(['round', 'client_id', 'steps', 'epochs', 'id', 'attempt']);

/** All numbers that `client_rounds` has, whatever the version of the store, and those made of them. */
export function useQosMetrics(): { readonly answer: Answer; readonly metrics: readonly QosMetric[] } {
  const answer = useQuery(
    `SELECT column_name FROM information_schema.columns
     WHERE table_name = 'client_rounds' AND table_schema = current_schema()
       AND data_type IN ('double precision', 'real', 'integer', 'bigint') ORDER BY ordinal_position`,
  );
  const columns = (answer.result?.rows ?? []).map(([name]) => String(name)).filter((name) => !keys.has(name));
  const metrics = [
    ...derived,
    ...columns.map((name) => ({
      id: name,
      label: labelOf(name),
      unit: unitOfColumn(name),
      sql: name,
      better: isBetterHigh(name) ? ('more' as const) : ('less' as const),
    })),
  ];
  return { answer, metrics };
}

const isBetterHigh = (name: string): boolean =>
  /accuracy|f1|r2|score|throughput|availability|samples|silhouette|reputation/.test(name);
