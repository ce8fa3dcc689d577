import { findRun } from './runs.js';
import type { Store } from './store.js';

/** What a user has written down about a run. */
export interface RunNote {
  readonly note: string;
  /** Short names, to find runs by. */
  readonly tags: readonly string[];
}

/**
 * Writes down what a user has to say of a run, in the place of what was there.
 * @param run id, name or the start of an id
 * @param now milliseconds since 1970
 * @throws FleetError RUN_UNKNOWN; STORE_FAILED, STORE_UNREACHABLE
 */
export async function noteRun(
  store: Pick<Store, 'query' | 'write'>,
  run: string,
  { note, tags }: RunNote,
  now = Date.now(),
): Promise<void> {
  const run_id = await findRun(store, run);
  await store.write({ run_notes: [{ run_id, noted_at: now, note, tags: [...new Set(tags)] }] });
}
