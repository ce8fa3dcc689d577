import { useMemo } from 'preact/hooks';
import type { SeriesMetric, SeriesSpan } from '../../../server/frames/metrics.js';
import { useSeries } from '../live/use-live.js';
import { selectRange } from '../state/selection.js';
import { formatTime, formatValue, noValue } from '../ui/format.js';
import { timeAxis, unitAxis } from './axis.js';
import { ChartPanel } from './chart-panel.js';

interface RatePanelProps {
  readonly title: string;
  readonly testId: string;
  /** A line each; all of one unit. */
  readonly metrics: readonly { readonly id: SeriesMetric; readonly label: string }[];
  readonly unit: string;
  readonly span: SeriesSpan;
}

const looks = [{ color: '--accent' }, { color: '--second', dash: [6, 3] }] as const;
const keys = ['in', 'out'] as const;

/** Means over time of one metric or two. A brush selects the time. */
export function RatePanel({ title, testId, metrics, unit, span }: RatePanelProps) {
  const [first, second = first] = metrics;
  const a = useSeries(first?.id ?? 'latency_ms', span);
  const b = useSeries(second?.id ?? 'latency_ms', span);
  const x = useMemo(() => (a?.columns.start ?? []).map((at) => at / 1000), [a]);
  const lines = useMemo(
    () =>
      metrics.map(({ label }, i) => ({
        label,
        ...(looks[i] ?? looks[0]),
        values: (i === 0 ? a : b)?.columns.mean ?? [],
      })),
    [metrics, a, b],
  );
  const textOf = (line: number, index: number): string => formatValue(lines[line]?.values[index], unit);
  return (
    <ChartPanel
      title={title}
      testId={testId}
      x={x}
      xName="time_s"
      xAxis={timeAxis}
      yAxis={unitAxis(unit)}
      lines={lines}
      reading={(index) => (
        <>
          {metrics.map(({ id, label }, i) => (
            <span key={id}>
              <span class={`key ${keys[i] ?? 'in'}`} /> {label} <b>{textOf(i, index)}</b>{' '}
            </span>
          ))}
          {formatTime((x[index] ?? 0) * 1000)}
        </>
      )}
      spoken={
        x.length === 0
          ? noValue
          : metrics.map(({ label }, i) => `${label} ${textOf(i, x.length - 1)}`).join(', ')
      }
      emptyText="No figures yet."
      onBrush={(from, to) => selectRange({ from: from * 1000, to: to * 1000 })}
    />
  );
}
