import { type Connection, inTransaction } from '../connection.js';

/**
 * SQLSTATEs of what is left for another time: somebody uses the table for longer than two seconds, the DEFAULT
 * partition holds rows of the week, the user does not own the tables, the server only reads.
 */
const lockNotAvailable = '55P03';
const checkViolation = '23514';
const insufficientPrivilege = '42501';
const readOnlyTransaction = '25006';

/** `refused` is of this statement; `unable` would be the same with the next one. */
type Attempt = 'done' | 'refused' | 'unable';

/**
 * Changes the partitions, in a transaction of its own that waits two seconds at most for its locks. Partitions
 * are a matter of order, not of correctness: where they cannot be changed now, rows are taken all the same.
 * @throws the database's error, of any other kind
 */
export async function attempt(connection: Connection, statement: string): Promise<Attempt> {
  try {
    await inTransaction(connection, async () => {
      await connection.run("SET LOCAL lock_timeout = '2s'");
      await connection.run(statement);
    });
    return 'done';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === checkViolation) return 'refused';
    if (code === lockNotAvailable || code === insufficientPrivilege || code === readOnlyTransaction) {
      return 'unable';
    }
    throw error;
  }
}
