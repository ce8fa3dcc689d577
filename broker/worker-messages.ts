import type { BrokerCounters } from '#protocol';

/** What the broker's thread needs to start; `workerData`. */
export interface BrokerSettings {
  readonly host: string;
  readonly port: number | undefined;
  readonly runId: string;
  readonly secret: string;
}

/**
 * Totals since the broker started. Messages are PUBLISH packets, bytes their payloads: what it
 * accepted, and what it handed to subscribers. `clients` are the connected ones.
 */
export interface EmbeddedBrokerCounters extends BrokerCounters {
  readonly source: 'broker';
  /** Publications that their sender marks as sent before (DUP): it has had no answer to them. */
  readonly redeliveries: number;
  /** Connections answered with a CONNACK other than 0. */
  readonly refusedConnections: number;
  /** Publications and last wills that the rules forbid. */
  readonly deniedPublishes: number;
  /** Filters answered with 0x80 in SUBACK. */
  readonly deniedSubscriptions: number;
  /** Connections cut because of a packet over the size limit. */
  readonly oversizedPackets: number;
}

/** What the broker's thread tells. */
export type WorkerReport =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'bind-failed'; readonly code: string }
  | { readonly type: 'counters'; readonly counters: EmbeddedBrokerCounters };

/** The only message to the broker's thread: end in order. */
export const closeCommand = 'close';
