import { FleetError } from '#protocol';
import { type Connection, inTransaction, schemaLock } from './connection.js';
import { applyLayout, type DatabaseFeatures, detectFeatures, dropViews } from './layout/index.js';
import { type Migration, migrations } from './migrations/index.js';

/**
 * Makes a database ready for this program: tables by migrations, then views and what else belongs to
 * a database of its kind.
 * @throws FleetError STORE_VERSION when the schema is newer than the program
 */
export async function prepareSchema(connection: Connection): Promise<DatabaseFeatures> {
  await migrate(connection);
  const features = await detectFeatures(connection);
  await applyLayout(connection, features);
  return features;
}

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
      await connection.run(`SELECT pg_advisory_xact_lock(${schemaLock})`);
      const current = (await schemaVersion(connection)) ?? (await beginSchema(connection));
      if (current > known) {
        throw new FleetError('STORE_VERSION', `version ${current}, this program knows ${known}`);
      }
      const next = steps.find((step) => step.version === current + 1);
      if (next === undefined) return true;
      await dropViews(connection);
      await connection.run(next.sql);
      await connection.run(
        `INSERT INTO schema_migrations (version, name) VALUES (${next.version}, '${next.name}')`,
      );
      return false;
    });
    if (done) return;
  }
}

async function beginSchema(connection: Connection): Promise<number> {
  await connection.run(
    `CREATE TABLE schema_migrations (
      version int4 PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  return 0;
}

/** The version that `migrate` brings a schema to. */
export const latestVersion = migrations.at(-1)?.version ?? 0;

/** The version of a database's schema; undefined where there is none yet. */
export async function schemaVersion(connection: Connection): Promise<number | undefined> {
  const found = await connection.select(`SELECT to_regclass('schema_migrations')::text`);
  if (found.rows[0]?.[0] === null) return undefined;
  const latest = await connection.select('SELECT coalesce(max(version), 0)::text FROM schema_migrations');
  return Number(latest.rows[0]?.[0]);
}
