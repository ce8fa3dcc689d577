import type { Connection } from './connection.js';

/** That a run is this process's own: while it holds, no other process goes on with the run. */
export interface RunClaim {
  /** Gives the run up; safe to call twice. */
  release(): Promise<void>;
}

/** The claim on a run of the embedded store: whoever holds the store's folder holds all of its runs. */
export const folderClaim: RunClaim = { release: async () => undefined };

/** Any constant will do, as long as all processes that share a server's runs use the same. */
const claimSeed = 7_265_326;

/**
 * The number that a server's advisory lock on a run is known by, as SQL.
 * @param runId an SQL expression
 */
export const claimKey = (runId: string): string => `hashtextextended(${runId}, ${claimSeed})`;

/**
 * Marks runs as interrupted that say that they are running and whose process is gone: nobody holds the claim on
 * them. The embedded store knows no claims, and its only process asks before it begins a run.
 */
export async function endDeadRuns(connection: Connection): Promise<void> {
  const dead = `status = 'running' AND NOT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND ((classid::int8 << 32) | objid::int8) = ${claimKey('run_id')})`;
  // A user that may only read can open the store as long as there is nothing to mark.
  const { rows } = await connection.select(`SELECT 1::text FROM runs WHERE ${dead} LIMIT 1`);
  if (rows.length === 0) return;
  await connection.run(
    `UPDATE runs SET status = 'interrupted', reason = 'its process ended without a word' WHERE ${dead}`,
  );
}
