import type { Connection } from './connection.js';

/** A role that reads the store's schema and nothing else; `mlaas db init` makes it. */
export const readerRole = 'mlaas_reader';

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
