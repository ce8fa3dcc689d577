import type { RunEvent } from '#protocol';
import type { TrafficView } from '../frames/live-view.js';

type BrokerEvent = Extract<RunEvent, { type: 'broker' }>;

/** Totals of the broker with their rates since the counters before; undefined where no time has passed. */
export function trafficSince(before: BrokerEvent, event: BrokerEvent): TrafficView | undefined {
  const seconds = (event.ts - before.ts) / 1000;
  if (seconds <= 0) return undefined;
  const { ts, counters: now } = event;
  const rate = (total: number, earlier: number): number => Math.max(0, (total - earlier) / seconds);
  return {
    at: ts,
    source: now.source,
    clients: now.clients,
    messagesInPerS: rate(now.messagesIn, before.counters.messagesIn),
    messagesOutPerS: rate(now.messagesOut, before.counters.messagesOut),
    bytesInPerS: rate(now.bytesIn, before.counters.bytesIn),
    bytesOutPerS: rate(now.bytesOut, before.counters.bytesOut),
    messages: now.messagesIn + now.messagesOut,
    bytes: now.bytesIn + now.bytesOut,
  };
}
