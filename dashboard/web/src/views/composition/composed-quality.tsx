import { useMemo } from 'preact/hooks';
import { fittedUnitAxis, unitAxis } from '../../charts/axis.js';
import { paretoFront } from '../../charts/pareto.js';
import { Scatter } from '../../charts/scatter.js';
import { useLive, useRunId, useScoreName } from '../../live/use-live.js';
import { useQuery } from '../../state/use-query.js';

const sql = `SELECT round, sum(cpu_time_s), min(global_metric_score)
  FROM client_rounds JOIN rounds USING (run_id, round)
  WHERE run_id = $1 AND selected_flag AND global_metric_score IS NOT NULL
  GROUP BY round HAVING sum(cpu_time_s) IS NOT NULL ORDER BY round`;

interface ComposedQualityProps {
  /** The round whose composition is shown. */
  readonly shown: number | undefined;
  readonly onShow: (round: number) => void;
}

/** What the composition of each round came to, and what it took of its services. */
export function ComposedQuality({ shown, onShow }: ComposedQualityProps) {
  const run = useRunId();
  const finished = useLive(({ rounds }) => rounds.length);
  const scoreName = useScoreName();
  const { result } = useQuery(sql, [run ?? ''], finished);
  const marks = useMemo(
    () =>
      (result?.rows ?? []).map(([round, cost, quality]) => ({
        id: Number(round),
        label: `round ${String(round)}`,
        x: Number(cost),
        y: Number(quality),
      })),
    [result],
  );
  const front = useMemo(() => paretoFront(marks, 'less', 'more'), [marks]);
  return (
    <Scatter
      title="Composed quality against cost"
      testId="composed-quality"
      marks={marks}
      front={front}
      xLabel="CPU time of the chosen services"
      yLabel={`${scoreName} of the global model`}
      xAxis={fittedUnitAxis('s')}
      yAxis={unitAxis('')}
      selected={shown === undefined ? [] : [shown]}
      onSelect={(rounds) => {
        const last = rounds.at(-1);
        if (last !== undefined) onShow(last);
      }}
      emptyText="The first composition is known by its result at the end of round 1."
    />
  );
}
