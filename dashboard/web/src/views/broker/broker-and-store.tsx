import { useState } from 'preact/hooks';
import type { SeriesSpan } from '../../../../server/frames/metrics.js';
import { RatePanel } from '../../charts/rate-panel.js';
import { useLive } from '../../live/use-live.js';
import { formatAge, formatBytes, formatCount, formatRate, noValue } from '../../ui/format.js';
import { SpanChoice } from '../../ui/span-choice.js';
import { Tile } from '../../ui/tile.js';
import { useRunClock } from '../../ui/use-now.js';
import { Mishaps } from './mishaps.js';
import { Troubles } from './troubles.js';

const panels = [
  {
    title: 'Messages a second',
    testId: 'broker-messages',
    unit: 'messages/s',
    metrics: [
      { id: 'messages_in_per_s', label: 'in' },
      { id: 'messages_out_per_s', label: 'out' },
    ],
  },
  {
    title: 'Bytes a second',
    testId: 'broker-bytes',
    unit: 'bytes/s',
    metrics: [
      { id: 'bytes_in_per_s', label: 'in' },
      { id: 'bytes_out_per_s', label: 'out' },
    ],
  },
  {
    title: 'Agents’ queues',
    testId: 'broker-queues',
    unit: 'messages',
    metrics: [{ id: 'queue_length', label: 'mean' }],
  },
  {
    title: 'Telemetry latency',
    testId: 'broker-latency',
    unit: 'ms',
    metrics: [{ id: 'latency_ms', label: 'mean' }],
  },
  {
    title: 'Rows stored a second',
    testId: 'store-rows',
    unit: 'rows/s',
    metrics: [{ id: 'rows_per_s', label: 'rows' }],
  },
  {
    title: 'Rows waiting to be stored',
    testId: 'store-waiting',
    unit: 'rows',
    metrics: [
      { id: 'rows_waiting', label: 'in memory' },
      { id: 'rows_spooled', label: 'on disk' },
    ],
  },
] as const;

/** Whether what is said gets through, and gets stored. */
export function BrokerAndStore() {
  const [span, setSpan] = useState<SeriesSpan>('recent');
  return (
    <>
      <Figures />
      <Mishaps />
      <section class="panel bar" aria-label="What is shown">
        <SpanChoice value={span} onChange={setSpan} />
      </section>
      <div class="charts">
        {panels.map((panel) => (
          <RatePanel key={panel.testId} {...panel} span={span} />
        ))}
      </div>
      <Troubles />
    </>
  );
}

function Figures() {
  const traffic = useLive((model) => model.traffic);
  const writer = useLive((model) => model.writer);
  const telemetry = useLive((model) => model.telemetry);
  const dataAt = useLive((model) => model.dataAt);
  const clock = useRunClock();
  const missing = telemetry.lost / Math.max(1, telemetry.received + telemetry.lost);
  const unkept = writer === undefined ? 0 : writer.dropped + writer.rejected;
  return (
    <section class="tiles" aria-label="Key figures">
      <Tile
        name="Connections"
        value={traffic === undefined ? noValue : formatCount(traffic.clients)}
        note={traffic?.source === 'aggregator' ? 'external broker' : 'to the embedded broker'}
      />
      <Tile
        name="Messages"
        value={traffic === undefined ? noValue : formatCount(traffic.messages)}
        note={traffic === undefined ? 'in and out' : `counted by the ${traffic.source}`}
      />
      <Tile
        name="Traffic"
        value={traffic === undefined ? noValue : formatBytes(traffic.bytes)}
        note="in and out"
      />
      <Tile name="Telemetry" value={formatCount(telemetry.received)} note="messages taken in" />
      <Tile
        name="Telemetry lost"
        value={formatCount(telemetry.lost)}
        note={`${(missing * 100).toFixed(2)} % of those numbered`}
        isWarning={telemetry.lost > 0}
      />
      <Tile
        name="Rows stored"
        value={writer === undefined ? noValue : formatCount(writer.rows)}
        note={writer === undefined ? 'told while a run goes on' : `${formatRate(writer.rowsPerS)} /s`}
      />
      <Tile
        name="Not kept"
        value={writer === undefined ? noValue : formatCount(unkept)}
        note={
          writer === undefined
            ? 'events without a row'
            : `${formatCount(writer.dropped)} dropped, ${formatCount(writer.rejected)} rejected`
        }
        isWarning={unkept > 0}
      />
      <Tile
        name="Data age"
        value={dataAt === 0 ? noValue : formatAge(clock - dataAt)}
        note="since the latest event"
      />
    </section>
  );
}
