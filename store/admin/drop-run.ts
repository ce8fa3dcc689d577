import { FleetError } from '#protocol';
import { type Connection, inTransaction } from '../connection.js';
import type { QueryResult } from '../query-result.js';
import { tableNames } from '../tables/index.js';

/**
 * Deletes a run with everything of it, all or nothing.
 * @param run its whole id: a deletion guesses nothing
 * @returns rows deleted, by table
 */
export async function dropRun(connection: Connection, run: string, force: boolean): Promise<QueryResult> {
  const deleted = await inTransaction(connection, async () => {
    const found = await connection.select('SELECT status FROM runs WHERE run_id = $1 FOR UPDATE', [run]);
    const status = found.rows[0]?.[0];
    if (status === undefined) throw new FleetError('RUN_UNKNOWN', run);
    if (status === 'running' && !force) {
      throw new FleetError('STORE_FAILED', `run ${run} is running; --force deletes it all the same`);
    }
    const rows: [string, number][] = [];
    // A table stands after those it refers to.
    for (const table of tableNames.toReversed()) {
      const gone = await connection.select(
        `WITH gone AS (DELETE FROM ${table} WHERE run_id = $1 RETURNING 1) SELECT count(*)::text FROM gone`,
        [run],
      );
      rows.push([table, Number(gone.rows[0]?.[0])]);
    }
    return rows;
  });
  return {
    columns: [
      { name: 'table', type: 'text' },
      { name: 'rows_deleted', type: 'int8' },
    ],
    rows: deleted,
    truncated: false,
  };
}
