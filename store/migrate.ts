import { FleetError } from '#protocol';
import { type Connection, inTransaction } from './connection.js';
import { type Migration, migrations } from './migrations/index.js';

/** Any constant will do, as long as all processes that migrate a database use the same. */
const advisoryLock = 7_265_325;

/**
 * Brings the schema to this program's version, each migration in a transaction of its own. Processes
 * that migrate one database at the same time wait for each other.
 * @throws FleetError STORE_VERSION when the schema is newer than the program
 */
export async function migrate(
  connection: Connection,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  const known = steps.at(-1)?.version ?? 0;
  for (;;) {
    const done = await inTransaction(connection, async () => {
      await connection.run(`SELECT pg_advisory_xact_lock(${advisoryLock})`);
      const current = await schemaVersion(connection);
      if (current > known) {
        throw new FleetError('STORE_VERSION', `version ${current}, this program knows ${known}`);
      }
      const next = steps.find((step) => step.version === current + 1);
      if (next === undefined) return true;
      await connection.run(next.sql);
      await connection.run(
        `INSERT INTO schema_migrations (version, name) VALUES (${next.version}, '${next.name}')`,
      );
      return false;
    });
    if (done) return;
  }
}

async function schemaVersion(connection: Connection): Promise<number> {
  const found = await connection.select(`SELECT to_regclass('schema_migrations')::text`);
  if (found.rows[0]?.[0] === null) {
    await connection.run(
      `CREATE TABLE schema_migrations (
        version int4 PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
  }
  const latest = await connection.select('SELECT coalesce(max(version), 0)::text FROM schema_migrations');
  return Number(latest.rows[0]?.[0]);
}
