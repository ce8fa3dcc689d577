import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** The servers to measure on, by case; a case without one is skipped and says so. */
export const servers: Readonly<Record<string, string | undefined>> = {
  postgres: process.env.MLAAS_TEST_PG_URL,
  timescale: process.env.MLAAS_TEST_TIMESCALE_URL,
};

/** A schema of the bench's own on a server. */
export interface BenchDatabase {
  /** Address under which a store opens in that schema. */
  readonly url: string;
  readonly admin: pg.Client;
  /** PostgreSQL's version, and TimescaleDB's where it is. */
  readonly versions: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

export async function createBenchDatabase(server: string): Promise<BenchDatabase> {
  const schema = `mlaas_bench_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`CREATE SCHEMA ${schema}`);
  await admin.query(`SET search_path = ${schema}, public`);
  const url = new URL(server);
  url.searchParams.set('options', `-c search_path=${schema},public`);
  const { rows } = await admin.query<{ server: string; timescaledb: string | null }>(
    `SELECT current_setting('server_version') AS server,
       (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb`,
  );
  const [found] = rows;
  return {
    url: url.href,
    admin,
    versions: {
      postgresql: found?.server ?? 'unknown',
      ...(found?.timescaledb ? { timescaledb: found.timescaledb } : {}),
    },
    async remove() {
      await dropSchema(admin, schema);
      await admin.end();
    },
  };
}

/** TimescaleDB's background jobs may be at work on the schema; then it is tried again. */
async function dropSchema(admin: pg.Client, schema: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await admin.query(`DROP SCHEMA ${schema} CASCADE`);
      return;
    } catch (error) {
      if (attempt === 20) throw error;
      await delay(250);
    }
  }
}
