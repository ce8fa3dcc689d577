import { useMemo } from 'preact/hooks';
import { barsSvg } from '../../charts/bars-svg.js';
import { cssColor, plotSavings } from '../../charts/save.js';
import { SaveMenu } from '../../charts/save-menu.js';
import { useLive, useRunId } from '../../live/use-live.js';
import { useQuery } from '../../state/use-query.js';
import { formatCount, formatValue } from '../../ui/format.js';
import { QueryState } from '../../ui/query-state.js';
import { noValuesText, type QosMetric } from './qos-metrics.js';

const bins = 30;

/** How often a quality had which value: counts in thirty bins from least to largest, made by the store. */
export function Distribution({ metric }: { readonly metric: QosMetric }) {
  const run = useRunId();
  const finished = useLive((model) => model.rounds.length);
  const answer = useQuery(
    `WITH q AS (SELECT (${metric.sql})::float8 AS v FROM client_rounds WHERE run_id = $1 AND selected_flag),
       b AS (SELECT min(v) AS low, max(v) AS high FROM q WHERE v <> 'NaN' AND abs(v) <> 'Infinity')
     SELECT low, high, CASE WHEN high > low THEN least(${bins - 1}, floor((v - low) / (high - low) * ${bins}))::int ELSE 0 END AS bin,
       count(*)::int FROM q, b WHERE v BETWEEN low AND high GROUP BY 1, 2, 3 ORDER BY 3`,
    [run ?? ''],
    finished,
  );
  const { low, high, counts } = useMemo(() => {
    const rows = answer.result?.rows ?? [];
    const filled = new Array<number>(bins).fill(0);
    for (const [, , bin, count] of rows) filled[Number(bin)] = Number(count);
    const [first] = rows;
    return { low: Number(first?.[0] ?? Number.NaN), high: Number(first?.[1] ?? Number.NaN), counts: filled };
  }, [answer.result]);
  const most = Math.max(1, ...counts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const edge = (bin: number): number => low + ((high - low) * bin) / bins;
  const title = `Distribution of ${metric.label}`;
  const ends = [formatValue(low, metric.unit), formatValue(high, metric.unit)] as const;
  const savings = plotSavings(
    title,
    () => barsSvg({ title, counts, labels: ends }, cssColor),
    () => [['from', 'to', 'count'], counts.map((count, bin) => [edge(bin), edge(bin + 1), count])],
  );
  return (
    <QueryState answer={answer}>
      <section class="panel" aria-label={title} data-testid="distribution" data-points={total}>
        <h2>
          {title}
          <span class="reading">
            {formatCount(total)} values
            <SaveMenu title={title} savings={savings} />
          </span>
        </h2>
        {total === 0 ? (
          <p class="empty tall">{noValuesText(finished)}</p>
        ) : (
          <>
            <ol class="histogram tall-histogram">
              {counts.map((count, bin) => (
                <li
                  key={edge(bin)}
                  title={`${formatValue(edge(bin), metric.unit)} to ${formatValue(edge(bin + 1), metric.unit)}: ${count}`}
                >
                  <span class="histogram-bar" style={{ height: `${(count / most) * 100}%` }} />
                </li>
              ))}
            </ol>
            <p class="ends">
              <span>{ends[0]}</span>
              <span>{ends[1]}</span>
            </p>
          </>
        )}
      </section>
    </QueryState>
  );
}
