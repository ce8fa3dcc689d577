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
import { asFleetError } from './postgres-errors.js';
import type { QueryResult } from './query-result.js';
import { readQuery, typeNames } from './read-query.js';
import { findReadRole } from './read-role.js';
import { endDeadRuns, type RunClaim } from './run-claim.js';
import { ServerRunClaim } from './server-run-claim.js';
import { SessionPool } from './session-pool.js';
import { withSilenceLimit } from './silence-limit.js';
import {
  defaultMaxBytes,
  defaultMaxRows,
  defaultTimeoutMs,
  type QueryOptions,
  type StoreSnapshot,
} from './store.js';
import { BatchWriter, type WrittenRows } from './write-batch.js';

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
  readonly #writing: SessionPool;
  readonly #reading: SessionPool;
  readonly #silenceMs: number;
  readonly #writers = new WeakMap<pg.PoolClient, BatchWriter>();
  #types: ReadonlyMap<number, string> = new Map();
  #readRole: string | undefined;
  /** When the partitions are next due, by the monotonic clock. */
  #tendAt = 0;

  /** @param silenceMs after so long without a byte from a server that hangs, a write or a query is given up */
  constructor(url: string, silenceMs = 15_000) {
    this.location = withoutPassword(url);
    this.#url = url;
    this.#writing = new SessionPool(url, 1);
    this.#reading = new SessionPool(url, readers);
    this.#silenceMs = silenceMs;
  }

  /**
   * Connects and migrates the schema. The tables lie in the first schema of the user's search path.
   * @throws FleetError STORE_UNREACHABLE, STORE_VERSION or STORE_FAILED
   */
  async open(): Promise<void> {
    try {
      await this.#writing.lend(async (client) => {
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
      await this.#writing.lend((client) => endDeadRuns(new PostgresConnection(client)));
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
      return await this.#writing.lend((client) =>
        withSilenceLimit(client, this.#silenceMs, async () => {
          await this.#tend(new PostgresConnection(client));
          return await this.#writer(client).write(copies);
        }),
      );
    } catch (error) {
      throw asFleetError(error, 'STORE_FAILED');
    }
  }

  /** @throws FleetError STORE_UNREACHABLE */
  async ping(): Promise<void> {
    try {
      await this.#writing.lend((client) =>
        withSilenceLimit(client, this.#silenceMs, () => client.query('SELECT 1')),
      );
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
      signal,
    } = options;
    const settings = [
      `SET LOCAL statement_timeout = ${Math.ceil(timeoutMs)}`,
      ...(this.#readRole === undefined ? [] : [`SET LOCAL ROLE ${this.#readRole}`]),
    ];
    try {
      return await this.#reading.lend((client) => {
        signal?.throwIfAborted();
        // A server that works ends the statement itself, and earlier.
        return withSilenceLimit(client, timeoutMs + this.#silenceMs, () =>
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
      });
    } catch (error) {
      const late = error instanceof pg.DatabaseError && error.code === queryCanceled;
      throw late
        ? new FleetError('QUERY_FAILED', `it took longer than ${timeoutMs / 1000} s`, { cause: error })
        : asFleetError(error, 'QUERY_FAILED');
    }
  }

  async administer(task: AdminTask): Promise<QueryResult> {
    try {
      return await this.#writing.lend((client) => administer(new PostgresConnection(client), task));
    } catch (error) {
      throw asFleetError(error, 'STORE_FAILED');
    }
  }

  async snapshot<T>(work: (snapshot: StoreSnapshot) => Promise<T>): Promise<T> {
    return await this.#reading.lend(async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY').catch(rethrowStoreFailed);
      // After an error a COPY may still be under way; the session is then given up as it is.
      const result = await work({ copyOut: (select) => copyOut(client, select) });
      await client.query('ROLLBACK').catch(rethrowStoreFailed);
      return result;
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#writing.end(), this.#reading.end()]);
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
