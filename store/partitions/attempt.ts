import { type Connection, inTransaction } from '../connection.js';

/**
 * SQLSTATEs of what is left for another time: somebody uses the table for longer than two seconds
 * (lock_not_available), a row of the week has just come into the DEFAULT partition (check_violation), the user does
 * not own the tables (insufficient_privilege), the server only reads (read_only_sql_transaction).
 */
const leftAlone: ReadonlySet<unknown> = new Set(['55P03', '23514', '42501', '25006']);

/**
 * Changes the partitions, in a transaction of its own that waits two seconds at most for its locks. Partitions
 * are a matter of order, not of correctness: where they cannot be changed now, rows are taken all the same.
 * @returns whether it is done
 * @throws the database's error, of any other kind
 */
export async function attempt(connection: Connection, statement: string): Promise<boolean> {
  try {
    await inTransaction(connection, async () => {
      await connection.run("SET LOCAL lock_timeout = '2s'");
      await connection.run(statement);
    });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && leftAlone.has(error.code)) return false;
    throw error;
  }
}
