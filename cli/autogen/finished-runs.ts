import { configHash } from '#protocol';
import type { Queryable } from '#store';
import type { ManifestRow } from './manifest.js';

/** What `auto` may have become in an earlier run; families that need no engine keep it. */
const engines = ['auto', 'onnx', 'tfjs'] as const;

/**
 * The rows whose run is in the store already: finished, under the row's name, with the row's settings,
 * and with at least one client that took part. So a plan that was stopped goes on where it was, and a
 * row that was edited runs again.
 * @returns run ids by the rows' names
 */
export async function finishedRuns(
  store: Queryable,
  rows: readonly ManifestRow[],
): Promise<ReadonlyMap<string, string>> {
  const { rows: stored } = await store.query(
    `SELECT r.name, r.config_sha256, r.run_id FROM runs r
     WHERE r.status = 'finished' AND EXISTS (
       SELECT 1 FROM client_rounds c WHERE c.run_id = r.run_id AND c.participated_flag)
     ORDER BY r.created_at`,
    { maxRows: 1_000_000 },
  );
  const known = new Map(stored.map(([name, hash, id]) => [`${name} ${hash}`, String(id)]));
  return new Map(
    rows.flatMap(({ name, config }) => {
      const { engine } = config;
      const id = (engine === 'auto' ? engines : [engine])
        .map((one) => known.get(`${name} ${configHash({ ...config, engine: one })}`))
        .find((found) => found !== undefined);
      return id === undefined ? [] : [[name, id]];
    }),
  );
}
