import { useMemo, useState } from 'preact/hooks';
import {
  resultMetrics,
  type SeriesMetric,
  type SeriesSpan,
  telemetryMetrics,
} from '../../../../server/frames/metrics.js';
import { timeAxis, unitAxis } from '../../charts/axis.js';
import { ChartPanel } from '../../charts/chart-panel.js';
import { agentName } from '../../live/agents.js';
import { useLive, useScoreName, useSeries } from '../../live/use-live.js';
import { selectRange, useSelection } from '../../state/selection.js';
import { Choice } from '../../ui/choice.js';
import { formatTime, formatValue, noValue } from '../../ui/format.js';
import { metricLabel } from '../../ui/metric-label.js';
import { SpanChoice } from '../../ui/span-choice.js';
import { Trouble } from '../../ui/trouble.js';
import { useAgentLines } from './agent-lines.js';

const metrics = [...telemetryMetrics, ...resultMetrics];
const bands = [
  { between: [0, 4], color: '--band-outer' },
  { between: [1, 3], color: '--band-inner' },
] as const;
/** Colours of selected agents' lines; each has a dash of its own, too. */
const looks = [
  { color: '--second', dash: [] },
  { color: '--uploading', dash: [6, 3] },
  { color: '--starting', dash: [2, 2] },
  { color: '--waiting', dash: [8, 3, 2, 3] },
] as const;

/** Quantiles of a metric over the fleet, with the selected agents as lines. */
export function Bands() {
  const [metric, setMetric] = useState<SeriesMetric>('latency_ms');
  const [span, setSpan] = useState<SeriesSpan>('recent');
  const series = useSeries(metric, span);
  const isResult = resultMetrics.some(({ id }) => id === metric);
  const scoreName = useScoreName();
  const options = metrics.map((one) => [one.id, metricLabel(one, scoreName)] as const);
  const unit = metrics.find(({ id }) => id === metric)?.unit ?? '';
  const label = options.find(([id]) => id === metric)?.[1] ?? metric;
  const { clients } = useSelection();
  const run = useLive((model) => model.run);
  const shown = clients.slice(0, looks.length);
  const starts = series?.columns.start;
  const { lines: agents, error } = useAgentLines(run?.runId, metric, isResult, shown, series);
  const x = useMemo(() => (starts ?? []).map((at) => at / 1000), [series]);
  const lines = useMemo(() => {
    const quantile = (name: string, width: number) => ({
      label: name,
      color: '--accent',
      values: series?.columns[name] ?? [],
      width,
    });
    return [
      quantile('p95', 0),
      quantile('p75', 0),
      quantile('p50', 2),
      quantile('p25', 0),
      quantile('p5', 0),
      ...shown.map((client, i) => {
        const { color, dash } = looks[i] ?? looks[0];
        return { label: agentName(client), color, dash, values: agents.get(client) ?? [] };
      }),
    ];
  }, [series, agents, shown.join()]);
  const textOf = (name: string, index: number): string => formatValue(series?.columns[name]?.[index], unit);
  return (
    <ChartPanel
      title={`${label} over the fleet`}
      testId="bands"
      x={x}
      xName="time_s"
      xAxis={timeAxis}
      yAxis={unitAxis(unit)}
      lines={lines}
      bands={bands}
      controls={
        <>
          <Choice label="Metric" value={metric} options={options} onChange={setMetric} />
          <SpanChoice value={span} onChange={setSpan} />
          <Trouble text={error} />
        </>
      }
      reading={(index) => (
        <>
          p5 <b>{textOf('p5', index)}</b> p50 <b>{textOf('p50', index)}</b> p95 <b>{textOf('p95', index)}</b>{' '}
          {formatTime((x[index] ?? 0) * 1000)}
        </>
      )}
      spoken={x.length === 0 ? noValue : `median ${textOf('p50', x.length - 1)}`}
      emptyText="No figures yet."
      onBrush={(from, to) => selectRange({ from: from * 1000, to: to * 1000 })}
    />
  );
}
