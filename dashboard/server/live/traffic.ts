import type { RunEvent } from '#protocol';
import type { TrafficView } from '../frames/live-view.js';

type BrokerEvent = Extract<RunEvent, { type: 'broker' }>;

/** Counts over less are no rate: the last ones of a run come any time after those before. */
const shortestS = 0.5;

/** Totals of the broker with their rates since the counters before; undefined where it is too soon for a rate. */
export function trafficSince(before: BrokerEvent, event: BrokerEvent): TrafficView | undefined {
  const seconds = (event.ts - before.ts) / 1000;
  if (seconds < shortestS) return undefined;
  const { counters: now } = event;
  const rate = (total: number, earlier: number): number => Math.max(0, (total - earlier) / seconds);
  return {
    ...totalsOf(event),
    messagesInPerS: rate(now.messagesIn, before.counters.messagesIn),
    messagesOutPerS: rate(now.messagesOut, before.counters.messagesOut),
    bytesInPerS: rate(now.bytesIn, before.counters.bytesIn),
    bytesOutPerS: rate(now.bytesOut, before.counters.bytesOut),
  };
}

/** The part of a view that no earlier counters are needed for. */
export const totalsOf = ({ ts, counters }: BrokerEvent) => ({
  at: ts,
  source: counters.source,
  clients: counters.clients,
  messages: counters.messagesIn + counters.messagesOut,
  bytes: counters.bytesIn + counters.bytesOut,
});
