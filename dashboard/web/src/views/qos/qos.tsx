import { useMemo, useState } from 'preact/hooks';
import { fittedUnitAxis, roundAxis, unitAxis } from '../../charts/axis.js';
import { ChartPanel } from '../../charts/chart-panel.js';
import { paretoFront } from '../../charts/pareto.js';
import { Scatter } from '../../charts/scatter.js';
import { agentName } from '../../live/agents.js';
import { useLive, useRunId, useScoreName } from '../../live/use-live.js';
import { selectClients, useSelection } from '../../state/selection.js';
import { useQuery } from '../../state/use-query.js';
import { Choice } from '../../ui/choice.js';
import { capitalised, formatValue, noValue } from '../../ui/format.js';
import { QueryState } from '../../ui/query-state.js';
import { Distribution } from './distribution.js';
import { noValuesText, type QosMetric, scoreColumn, useQosMetrics } from './qos-metrics.js';

const bands = [
  { between: [0, 4], color: '--band-outer' },
  { between: [1, 3], color: '--band-inner' },
] as const;
const quantiles = ['p95', 'p75', 'p50', 'p25', 'p5'] as const;

/** The qualities of the services: their distribution, their course, and what they cost each other. */
export function Qos() {
  const { answer, metrics } = useQosMetrics();
  const [id, setId] = useState('compute_time_s');
  const [xId, setX] = useState('response_time_s');
  const [chosenY, setY] = useState<string>();
  const scoreName = useScoreName();
  const yId = chosenY ?? scoreColumn(scoreName);
  const options = metrics.map((metric) => [metric.id, metric.label] as const);
  const find = (wanted: string): QosMetric | undefined => metrics.find((metric) => metric.id === wanted);
  const [shown, x, y] = [find(id), find(xId), find(yId)];
  if (shown === undefined || x === undefined || y === undefined) return <QueryState answer={answer} />;
  return (
    <>
      <section class="panel bar" aria-label="What is shown">
        <Choice label="Quality" value={id} options={options} onChange={setId} />
        <span class="hint">of each client in each round that it was chosen for</span>
      </section>
      <div class="charts">
        <Course metric={shown} />
        <Distribution metric={shown} />
      </div>
      <section class="panel bar" aria-label="Axes of the scatter">
        <Choice label="Across" value={xId} options={options} onChange={setX} />
        <Choice label="Up" value={yId} options={options} onChange={setY} />
        <span class="hint">
          means of each service; the line is the Pareto front: {x.better} {x.label} and {y.better} {y.label}{' '}
          are better
        </span>
      </section>
      <Tradeoff x={x} y={y} />
    </>
  );
}

function Course({ metric }: { readonly metric: QosMetric }) {
  const run = useRunId();
  const rounds = useLive((model) => model.run?.rounds ?? 0);
  const finished = useLive((model) => model.rounds.length);
  const answer = useQuery(
    `SELECT round, ${[0.95, 0.75, 0.5, 0.25, 0.05]
      .map((share) => `percentile_cont(${share}) WITHIN GROUP (ORDER BY (${metric.sql})::float8)`)
      .join(', ')} FROM client_rounds WHERE run_id = $1 AND selected_flag GROUP BY round ORDER BY round`,
    [run ?? ''],
    finished,
  );
  // Of rounds in which no client has a value there is nothing to draw.
  const rows = (answer.result?.rows ?? []).filter(([, value]) => value !== null);
  const x = useMemo(() => rows.map(([round]) => Number(round)), [answer.result]);
  const xAxis = useMemo(() => roundAxis(rounds), [rounds]);
  const lines = useMemo(
    () =>
      quantiles.map((label, i) => ({
        label,
        color: '--accent',
        width: label === 'p50' ? 2 : 0,
        values: rows.map((row) => {
          const value = row[i + 1];
          return value === null || value === undefined ? null : Number(value);
        }),
      })),
    [answer.result],
  );
  const textOf = (line: number, index: number): string =>
    formatValue(lines[line]?.values[index], metric.unit);
  return (
    <QueryState answer={answer}>
      <ChartPanel
        title={`${capitalised(metric.label)} by round`}
        testId="qos-course"
        x={x}
        xName="round"
        xAxis={xAxis}
        yAxis={unitAxis(metric.unit)}
        lines={lines}
        bands={bands}
        reading={(index) => (
          <>
            p5 <b>{textOf(4, index)}</b> p50 <b>{textOf(2, index)}</b> p95 <b>{textOf(0, index)}</b> round{' '}
            {x[index]}
          </>
        )}
        spoken={x.length === 0 ? noValue : `median ${textOf(2, x.length - 1)}`}
        emptyText={noValuesText(finished)}
      />
    </QueryState>
  );
}

function Tradeoff({ x, y }: { readonly x: QosMetric; readonly y: QosMetric }) {
  const run = useRunId();
  const finished = useLive((model) => model.rounds.length);
  const { clients: selected } = useSelection();
  const answer = useQuery(
    `SELECT client_id, avg((${x.sql})::float8), avg((${y.sql})::float8) FROM client_rounds
     WHERE run_id = $1 AND selected_flag GROUP BY client_id ORDER BY client_id`,
    [run ?? ''],
    finished,
  );
  const marks = useMemo(
    () =>
      (answer.result?.rows ?? []).flatMap(([client, a, b]) =>
        a === null || b === null
          ? []
          : [{ id: Number(client), label: agentName(Number(client)), x: Number(a), y: Number(b) }],
      ),
    [answer.result],
  );
  const front = useMemo(() => paretoFront(marks, x.better, y.better), [marks, x.better, y.better]);
  return (
    <QueryState answer={answer}>
      <Scatter
        title={`${capitalised(y.label)} against ${x.label}`}
        testId="tradeoff"
        marks={marks}
        front={front}
        xLabel={x.label}
        yLabel={y.label}
        xAxis={fittedUnitAxis(x.unit)}
        yAxis={fittedUnitAxis(y.unit)}
        selected={selected}
        onSelect={selectClients}
        emptyText={noValuesText(finished)}
      />
    </QueryState>
  );
}
