import { FleetError } from '#protocol';
import { ThreadLost } from './database-thread.js';
import { defaultTimeoutMs, type Queryable, type Store } from './store.js';

/** What the writer of a run may have to wait for a query. */
const briefMs = 2000;

/**
 * The store as it is asked beside a run. The embedded one does one thing at a time: what a query takes, the
 * run's records wait, and its rounds with them, which would falsify the times that it measures. So a query may
 * only be brief there while a run goes on. A server answers beside the writer.
 * @param isRunning whether a run goes on now
 */
export function briefQueries(store: Store, isRunning: () => boolean): Queryable {
  if (store.kind !== 'embedded') return store;
  return {
    async query(sql, options = {}) {
      const { timeoutMs = defaultTimeoutMs } = options;
      if (timeoutMs <= briefMs || !isRunning()) return await store.query(sql, options);
      try {
        return await store.query(sql, { ...options, timeoutMs: briefMs });
      } catch (cause) {
        if (!isTimeUp(cause)) throw cause;
        throw new FleetError('STORE_BUSY', `ended after ${briefMs / 1000} s`, { cause });
      }
    },
  };
}

const isTimeUp = (error: unknown): boolean =>
  error instanceof FleetError && error.cause instanceof ThreadLost && error.cause.timedOut;
