import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { FleetError, withoutPassword } from '#protocol';
import type { AdminTask } from './admin/admin-task.js';
import { administer } from './admin/administer.js';
import { withBoundedAnswer } from './bounded-answer.js';
import type { Connection, TableCopy, TextResult } from './connection.js';
import { prepareSchema } from './migrate.js';
import { tendPartitions } from './partitions/make-partitions.js';
import { asFleetError, isConnectionLost } from './postgres-errors.js';
import type { QueryResult } from './query-result.js';
import { readQuery, typeNames } from './read-query.js';
import { findReadRole } from './read-role.js';
import { endDeadRuns, type RunClaim } from './run-claim.js';
import { ServerRunClaim } from './server-run-claim.js';
import {
  defaultMaxBytes,
  defaultMaxRows,
  defaultTimeoutMs,
  type QueryOptions,
  type StoreSnapshot,
} from './store.js';
import { BatchWriter, type WrittenRows } from './write-batch.js';

const connectTimeoutMs = 10_000;
const readers = 3;
const tendEveryMs = 24 * 60 * 60 * 1000;
/** SQLSTATE query_canceled: what a statement gets that ran into its time limit. */
const queryCanceled = '57014';

/** pg knows `queryMode`, its type declarations do not yet. */
interface ExtendedQuery extends pg.QueryArrayConfig {
  readonly queryMode: 'extended';
}

class PostgresConnection implements Connection {
  readonly embedded = false;
  readonly #client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async run(sql: string): Promise<number> {
    const result: pg.QueryResult | pg.QueryResult[] = await this.#client.query(sql);
    return (Array.isArray(result) ? result.at(-1) : result)?.rowCount ?? 0;
  }

  async select(sql: string, params: readonly (string | null)[] = []): Promise<TextResult> {
    const query: ExtendedQuery = {
      text: sql,
      values: [...params],
      rowMode: 'array',
      queryMode: 'extended',
      types: { getTypeParser: () => (text: string) => text },
    };
    const { fields, rows } = await this.#client.query<(string | null)[]>(query);
    return { columns: fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID })), rows };
  }

  async copyIn(target: string, columns: readonly string[], pieces: Iterable<Uint8Array>): Promise<void> {
    const sql = `COPY ${target} (${columns.join(', ')}) FROM STDIN WITH (FORMAT binary)`;
    await pipeline(Readable.from(pieces, { objectMode: false }), this.#client.query(copyFrom(sql)));
  }
}

/** PostgreSQL or TimescaleDB: one session writes, a few answer queries. */
export class PostgresStore {
  readonly location: string;
  readonly #url: string;
  readonly #writing: pg.Pool;
  readonly #reading: pg.Pool;
  readonly #writers = new WeakMap<pg.PoolClient, BatchWriter>();
  #types: ReadonlyMap<number, string> = new Map();
  #readRole: string | undefined;
  /** When the partitions are next due, by the monotonic clock. */
  #tendAt = 0;
  #closing: Promise<unknown> | undefined;

  constructor(url: string) {
    this.location = withoutPassword(url);
    this.#url = url;
    this.#writing = openPool(url, 1);
    this.#reading = openPool(url, readers);
  }

  /**
   * Connects and migrates the schema. The tables lie in the first schema of the user's search path.
   * @throws FleetError STORE_UNREACHABLE, STORE_VERSION or STORE_FAILED
   */
  async open(): Promise<void> {
    try {
      await this.#lend(this.#writing, async (client) => {
        const connection = new PostgresConnection(client);
        await prepareSchema(connection);
        await this.#tend(connection);
        this.#types = await typeNames(connection);
        this.#readRole = await findReadRole(connection);
      });
    } catch (error) {
      throw asFleetError(error, 'STORE_FAILED');
    }
  }

  /**
   * Marks runs as interrupted whose process is gone.
   * @throws FleetError STORE_UNREACHABLE or STORE_FAILED
   */
  async endDeadRuns(): Promise<void> {
    try {
      await this.#lend(this.#writing, (client) => endDeadRuns(new PostgresConnection(client)));
    } catch (error) {
      throw asFleetError(error, 'STORE_FAILED');
    }
  }

  /** As in `Store`. */
  async claimRun(runId: string): Promise<RunClaim> {
    return await ServerRunClaim.take(this.#url, runId);
  }

  /**
   * Stores a batch, all or nothing.
   * @throws FleetError STORE_UNREACHABLE when the server went away: the batch may be stored or not
   */
  async writeCopies(copies: readonly TableCopy[]): Promise<WrittenRows> {
    try {
      return await this.#lend(this.#writing, async (client) => {
        await this.#tend(new PostgresConnection(client));
        return await this.#writer(client).write(copies);
      });
    } catch (error) {
      throw asFleetError(error, 'STORE_FAILED');
    }
  }

  /** @throws FleetError STORE_UNREACHABLE */
  async ping(): Promise<void> {
    try {
      await this.#lend(this.#writing, (client) => client.query('SELECT 1'));
    } catch (error) {
      throw asFleetError(error, 'STORE_UNREACHABLE');
    }
  }

  async query(sql: string, options: QueryOptions = {}): Promise<QueryResult> {
    const {
      params = [],
      maxRows = defaultMaxRows,
      timeoutMs = defaultTimeoutMs,
      maxBytes = defaultMaxBytes,
    } = options;
    const settings = [
      `SET LOCAL statement_timeout = ${Math.ceil(timeoutMs)}`,
      ...(this.#readRole === undefined ? [] : [`SET LOCAL ROLE ${this.#readRole}`]),
    ];
    try {
      return await this.#lend(this.#reading, (client) =>
        withBoundedAnswer(client, maxBytes, () =>
          readQuery(new PostgresConnection(client), this.#types, {
            sql,
            params,
            maxRows,
            maxBytes,
            settings,
          }),
        ),
      );
    } catch (error) {
      const late = error instanceof pg.DatabaseError && error.code === queryCanceled;
      throw late
        ? new FleetError('QUERY_FAILED', `it took longer than ${timeoutMs / 1000} s`, { cause: error })
        : asFleetError(error, 'QUERY_FAILED');
    }
  }

  async administer(task: AdminTask): Promise<QueryResult> {
    try {
      return await this.#lend(this.#writing, (client) => administer(new PostgresConnection(client), task));
    } catch (error) {
      throw asFleetError(error, 'STORE_FAILED');
    }
  }

  async snapshot<T>(work: (snapshot: StoreSnapshot) => Promise<T>): Promise<T> {
    return await this.#lend(this.#reading, async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY').catch(rethrowStoreFailed);
      // After an error a COPY may still be under way; the session is then given up as it is.
      const result = await work({ copyOut: (select) => copyOut(client, select) });
      await client.query('ROLLBACK').catch(rethrowStoreFailed);
      return result;
    });
  }

  async close(): Promise<void> {
    this.#closing ??= Promise.all([this.#writing.end(), this.#reading.end()]);
    await this.#closing;
  }

  /** Lends a session to `work`; one that may have been broken by an error is not used again. */
  async #lend<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new FleetError('STORE_FAILED', 'the store is closed');
    let client: pg.PoolClient;
    try {
      client = await pool.connect();
    } catch (error) {
      throw asFleetError(error, 'STORE_UNREACHABLE');
    }
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client.release(isConnectionLost(error) || !(error instanceof pg.DatabaseError));
      throw error;
    }
  }

  /** Looks after the partitions at the opening and then once a day: a store may stay open for months. */
  async #tend(connection: Connection): Promise<void> {
    if (performance.now() < this.#tendAt) return;
    this.#tendAt = performance.now() + tendEveryMs;
    await tendPartitions(connection);
  }

  #writer(client: pg.PoolClient): BatchWriter {
    const known = this.#writers.get(client);
    if (known !== undefined) return known;
    const writer = new BatchWriter(new PostgresConnection(client));
    this.#writers.set(client, writer);
    return writer;
  }
}

/**
 * What a server is and holds, without changing anything, not even its schema.
 * @throws FleetError STORE_UNREACHABLE or STORE_FAILED
 */
export async function inspectPostgres(url: string): Promise<QueryResult> {
  const store = new PostgresStore(url);
  try {
    return await store.administer({ task: 'status' });
  } finally {
    await store.close();
  }
}

async function* copyOut(client: pg.PoolClient, select: string): AsyncGenerator<Uint8Array> {
  try {
    yield* client.query(copyTo(`COPY (${select}) TO STDOUT WITH (FORMAT binary)`));
  } catch (error) {
    rethrowStoreFailed(error);
  }
}

function rethrowStoreFailed(error: unknown): never {
  throw asFleetError(error, 'STORE_FAILED');
}

function openPool(url: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'mlaas-fleet',
    keepAlive: true,
  });
  // A session that breaks while idle is replaced at its next use; one in use rejects its statement.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
