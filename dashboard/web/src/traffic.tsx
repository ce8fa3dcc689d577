import { useMemo, useState } from 'preact/hooks';
import { type TrafficPoint, trafficPoints } from '../../server/live-view.js';
import { type Axis, Chart, decimalSteps } from './chart.js';
import { formatBytes, formatCount, formatRate, formatTime, noValue } from './format.js';

/** What goes in and out at the broker, in messages and in bytes, over the last two minutes. */
export function Traffic({ traffic }: { readonly traffic: readonly TrafficPoint[] }) {
  const last = traffic.at(-1);
  return (
    <>
      <Rates
        title="Messages"
        testId="traffic-messages"
        traffic={traffic}
        inOf={messagesIn}
        outOf={messagesOut}
        yAxis={messagesAxis}
        format={formatMessageRate}
        total={last && `${formatCount(last.messages)} messages`}
      />
      <Rates
        title="Data"
        testId="traffic-bytes"
        traffic={traffic}
        inOf={bytesIn}
        outOf={bytesOut}
        yAxis={bytesAxis}
        format={formatByteRate}
        total={last && formatBytes(last.bytes)}
      />
    </>
  );
}

interface RatesProps {
  readonly title: string;
  readonly testId: string;
  readonly traffic: readonly TrafficPoint[];
  readonly inOf: (point: TrafficPoint) => number;
  readonly outOf: (point: TrafficPoint) => number;
  readonly yAxis: Axis;
  readonly format: (perSecond: number) => string;
  readonly total: string | undefined;
}

function Rates({ title, testId, traffic, inOf, outOf, yAxis, format, total }: RatesProps) {
  const [pointed, point] = useState<number>();
  const x = useMemo(() => traffic.map(({ at }) => at / 1000), [traffic]);
  const series = useMemo(
    () => [
      { label: 'in', color: '--accent', values: traffic.map(inOf) },
      { label: 'out', color: '--second', values: traffic.map(outOf), dash: [6, 3] },
    ],
    [traffic, inOf, outOf],
  );
  const shown = (pointed === undefined ? undefined : traffic[pointed]) ?? traffic.at(-1);
  const [textIn, textOut] =
    shown === undefined ? [noValue, noValue] : [format(inOf(shown)), format(outOf(shown))];
  const counter = shown?.source === 'aggregator' ? 'counted by the aggregator' : 'counted by the broker';
  return (
    <section class="panel" aria-label={title} data-testid={testId} data-points={traffic.length}>
      <h2 title={total === undefined ? undefined : `${total} in and out so far, ${counter}`}>
        {title}
        <span class="reading">
          <span class="key in" /> in <b>{textIn}</b> <span class="key out" /> out <b>{textOut}</b>
        </span>
      </h2>
      <div class="plot">
        <Chart
          label={`${title} per second over the last two minutes; in ${textIn}, out ${textOut}`}
          x={x}
          xAxis={timeAxis}
          yAxis={yAxis}
          series={series}
          hasMarks={false}
          onPoint={point}
        />
        {traffic.length === 0 && <p class="plot-empty">No figures yet.</p>}
      </div>
    </section>
  );
}

const messagesIn = ({ messagesInPerS }: TrafficPoint): number => messagesInPerS;
const messagesOut = ({ messagesOutPerS }: TrafficPoint): number => messagesOutPerS;
const bytesIn = ({ bytesInPerS }: TrafficPoint): number => bytesInPerS;
const bytesOut = ({ bytesOutPerS }: TrafficPoint): number => bytesOutPerS;
const formatMessageRate = (perSecond: number): string => `${formatRate(perSecond)} /s`;
const formatByteRate = (perSecond: number): string => `${formatBytes(perSecond)}/s`;

const timeAxis: Axis = {
  range: (_, high) => [high - trafficPoints, high],
  format: (value) => formatTime(value * 1000),
  steps: [30, 60],
};

const rateRange = (_: number, high: number): [number, number] => [0, high > 0 ? high * 1.1 : 1];
const messagesAxis: Axis = {
  range: rateRange,
  format: (value) => formatRate(value),
  steps: decimalSteps(-1, 8),
};
const bytesAxis: Axis = {
  range: rateRange,
  format: (value) => formatBytes(value),
  steps: decimalSteps(0, 12),
};
