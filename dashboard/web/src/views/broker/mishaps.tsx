import type { LogLine, WriterView } from '../../../../server/frames/live-view.js';
import { useLive, useRunId, useSeries } from '../../live/use-live.js';
import { useQuery } from '../../state/use-query.js';
import { formatAge, formatCount, formatCounted, formatTime, formatValue, noValue } from '../../ui/format.js';
import { Tile } from '../../ui/tile.js';

/** Counters of the embedded broker; an external one tells none of them. */
const refusals = [
  'refusedConnections',
  'deniedPublishes',
  'deniedSubscriptions',
  'oversizedPackets',
] as const;
/** How the spool of a database that is away tells of itself. */
const spoolCodes = new Set(['STORE_SPOOLING', 'STORE_REPLAYED', 'SPOOL_DAMAGED']);
/** The counters are asked for anew after so long, by the broker's clock. */
const refreshMs = 3000;

/** What did not go at the first attempt: sent again, refused, late, or waiting on disk. */
export function Mishaps() {
  const counters = useBrokerCounters();
  const latency = useSeries('latency_ms', 'recent')?.columns;
  const spool = useLive(({ log }) => log.findLast(({ code }) => spoolCodes.has(code)));
  const writer = useLive((model) => model.writer);
  const refused = refusals.map((name) => counters[name]);
  const total = refused.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const isKnown = counters.redeliveries !== undefined;
  const [connections, publications, subscriptions, packets] = refused.map((count) => formatCount(count ?? 0));
  return (
    <section class="tiles fitted" aria-label="What did not go at once">
      <Tile
        name="Redelivered"
        value={isKnown ? formatCount(counters.redeliveries ?? 0) : noValue}
        note={isKnown ? 'messages that a client has sent again' : 'told by the embedded broker only'}
      />
      <Tile
        name="Refused"
        value={isKnown ? formatCount(total) : noValue}
        note={
          isKnown
            ? `${connections} connections, ${publications} publications, ${subscriptions} filters, ${packets} oversized`
            : 'told by the embedded broker only'
        }
        isWarning={total > 0}
      />
      <Tile
        name="Telemetry lag"
        value={formatValue(latency?.p95?.at(-1), 'ms')}
        note="from agent to store’s writer, p95 of the last second"
      />
      <Tile name="Oldest unstored row" {...oldestWaiting(writer)} />
      <Tile name="Spool" {...spoolState(spool, writer?.spooled ?? 0)} />
    </section>
  );
}

interface TileText {
  readonly value: string;
  readonly note: string;
  readonly isWarning?: boolean;
}

function oldestWaiting(writer: WriterView | undefined): TileText {
  if (writer === undefined) return { value: noValue, note: 'told while a run goes on' };
  const { at, waiting, spooled, waitingSince } = writer;
  if (waitingSince === undefined) return { value: 'none', note: 'every row is stored' };
  return {
    value: formatAge(at - waitingSince),
    note: `${formatCounted(waiting, 'row')} in memory, ${formatCount(spooled)} on disk`,
    isWarning: spooled > 0,
  };
}

function spoolState(last: LogLine | undefined, rows: number): TileText {
  if (last === undefined) return { value: 'empty', note: 'the database has always answered' };
  const note = `${last.message}, ${formatTime(last.at)}`;
  if (rows > 0) return { value: formatCounted(rows, 'row'), note, isWarning: true };
  if (last.code === 'SPOOL_DAMAGED') return { value: 'damaged', note, isWarning: true };
  // A replay tells of no rows: there may be some while the database is away.
  return last.code === 'STORE_SPOOLING'
    ? { value: 'in use', note, isWarning: true }
    : { value: 'empty', note };
}

function useBrokerCounters(): Readonly<Record<string, number | undefined>> {
  const run = useRunId();
  const period = useLive(({ traffic }) => Math.floor((traffic?.at ?? 0) / refreshMs));
  const status = useLive((model) => model.run?.status);
  const { result } = useQuery(
    "SELECT detail FROM events WHERE run_id = $1 AND type = 'broker' ORDER BY seq DESC LIMIT 1",
    [run ?? ''],
    `${period} ${status}`,
  );
  const detail = result?.rows[0]?.[0];
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return {};
  return Object.fromEntries(Object.entries(detail).map(([name, count]) => [name, Number(count)]));
}
