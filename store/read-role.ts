import type { Connection } from './connection.js';

/** A role that reads the store's schema and nothing else; `mlaas db init` makes it. */
export const readerRole = 'mlaas_reader';

const setConfig = 'pg_catalog.set_config(text, text, boolean)';

/**
 * Takes from everybody but superusers the function by which a query could leave its role again. For the embedded
 * database alone, which is ours; a server belongs to others, who may need it.
 */
export async function lockReadRole(connection: Connection, role: string): Promise<void> {
  const { rows } = await connection.select(
    `SELECT has_function_privilege($1::name, '${setConfig}', 'EXECUTE')::text`,
    [role],
  );
  if (rows[0]?.[0] === 'true') await connection.run(`REVOKE EXECUTE ON FUNCTION ${setConfig} FROM PUBLIC`);
}

/**
 * The role that queries run as: `mlaas_reader` where it may read this database's tables (roles belong to
 * the whole server, their rights to a database), otherwise PostgreSQL's own
 * `pg_read_all_data` where the user has it, otherwise undefined: the user's own rights.
 */
export async function findReadRole(connection: Connection): Promise<string | undefined> {
  const { rows } = await connection.select(
    `SELECT rolname::text FROM pg_roles
     WHERE rolname IN ('${readerRole}', 'pg_read_all_data') AND pg_has_role(current_user, oid, 'MEMBER')
       AND has_schema_privilege(oid, current_schema(), 'USAGE')
       AND has_table_privilege(oid, to_regclass('client_rounds'), 'SELECT')
     ORDER BY rolname = '${readerRole}' DESC LIMIT 1`,
  );
  return rows[0]?.[0] ?? undefined;
}
