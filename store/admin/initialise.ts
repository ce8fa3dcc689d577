import { type Connection, inTransaction } from '../connection.js';
import { dropViews } from '../layout/index.js';
import { prepareSchema } from '../migrate.js';
import { readerRole } from '../read-role.js';

/**
 * Does what the program does not do by itself, because it touches more than the store's own tables:
 * TimescaleDB where the server has it, and the role that queries run as.
 * @throws the database's error where the user may not
 */
export async function initialise(connection: Connection): Promise<void> {
  const available = await connection.select(
    `SELECT 1::text FROM pg_available_extensions WHERE name = 'timescaledb' AND installed_version IS NULL
       AND current_setting('shared_preload_libraries') LIKE '%timescaledb%'`,
  );
  if (available.rows.length > 0) {
    await inTransaction(connection, async () => {
      // The extension brings a time_bucket of its own, into what may be the same schema.
      await dropViews(connection);
      await connection.run('CREATE EXTENSION IF NOT EXISTS timescaledb');
    });
  }
  await prepareSchema(connection);
  const { rows } = await connection.select(
    `SELECT quote_ident(current_schema()), to_regrole('${readerRole}')::text`,
  );
  const [schema, existing] = rows[0] ?? [];
  if (existing === null) await connection.run(`CREATE ROLE ${readerRole} NOLOGIN`);
  await connection.run(
    `GRANT USAGE ON SCHEMA ${schema} TO ${readerRole};
     GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${readerRole};
     ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT SELECT ON TABLES TO ${readerRole};
     GRANT ${readerRole} TO CURRENT_USER`,
  );
}
