import type { BrokerCounters } from '#protocol';

const counted = ['messagesIn', 'messagesOut', 'bytesIn', 'bytesOut'] as const;
type Counts = Readonly<Record<(typeof counted)[number], number>>;

const none: Counts = { messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0 };

/** Makes the run's totals of a broker's: a run that is resumed has another broker, which counts from 0. */
export class CounterTotals {
  #last = none;
  /** What the brokers before have counted. */
  #before = none;

  /** The run's totals with a broker's latest ones. */
  take(counters: BrokerCounters): BrokerCounters {
    // Totals only grow: one that is smaller is of another broker.
    if (counted.some((name) => counters[name] < this.#last[name]))
      this.#before = sum(this.#before, this.#last);
    this.#last = counters;
    return { ...counters, ...sum(this.#before, counters) };
  }
}

const sum = (a: Counts, b: Counts): Counts => ({
  messagesIn: a.messagesIn + b.messagesIn,
  messagesOut: a.messagesOut + b.messagesOut,
  bytesIn: a.bytesIn + b.bytesIn,
  bytesOut: a.bytesOut + b.bytesOut,
});
