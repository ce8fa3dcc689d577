import pg from 'pg';
import { FleetError } from '#protocol';
import { asFleetError, isConnectionLost } from './postgres-errors.js';
import { socketOf } from './session-socket.js';

const connectTimeoutMs = 10_000;
/** How long the ends of its sessions may take before they are cut off. */
const endPatienceMs = 2000;

/** pg knows `query_timeout`, its type declarations do not. */
interface LimitedQuery extends pg.QueryConfig {
  readonly query_timeout: number;
}

/**
 * Times as the store's results give them, and weeks as its partitions have them, whatever the server, the database
 * or the user is set to. A statement, because poolers refuse such options of a connection.
 */
async function speakUtc(session: pg.ClientBase): Promise<void> {
  const text = `SET timezone = 'UTC'; SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'`;
  const query: LimitedQuery = { text, query_timeout: connectTimeoutMs };
  await session.query(query);
}

/** Sessions with one server, made when they are needed. */
export class SessionPool {
  readonly #pool: pg.Pool;
  readonly #sessions = new Set<pg.ClientBase>();
  #ending: Promise<void> | undefined;

  /** @param max sessions at most */
  constructor(url: string, max: number) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max,
      connectionTimeoutMillis: connectTimeoutMs,
      application_name: 'mlaas-fleet',
      keepAlive: true,
      onConnect: speakUtc,
    });
    // A session that breaks while idle is replaced at its next use; one in use rejects its statement.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (session) => {
      session.on('error', () => undefined);
      this.#sessions.add(session);
    });
    this.#pool.on('remove', (session) => this.#sessions.delete(session));
  }

  /**
   * Lends a session to `work`; one that may have been broken by an error is not used again.
   * @throws FleetError STORE_UNREACHABLE where none can be had; what `work` throws
   */
  async lend<T>(work: (session: pg.PoolClient) => Promise<T>): Promise<T> {
    if (this.#ending !== undefined) throw new FleetError('STORE_FAILED', 'the store is closed');
    let session: pg.PoolClient;
    try {
      session = await this.#pool.connect();
    } catch (error) {
      throw asFleetError(error, 'STORE_UNREACHABLE');
    }
    try {
      const result = await work(session);
      session.release();
      return result;
    } catch (error) {
      session.release(isConnectionLost(error) || !(error instanceof pg.DatabaseError));
      throw error;
    }
  }

  /** Ends all sessions, after what is under way; safe to call twice. */
  async end(): Promise<void> {
    this.#ending ??= this.#end();
    await this.#ending;
  }

  async #end(): Promise<void> {
    await this.#pool.end();
    // A server that hangs answers no goodbye: what is left of its sessions would keep this process from ending.
    setTimeout(() => {
      for (const session of this.#sessions) socketOf(session)?.destroy();
    }, endPatienceMs).unref();
  }
}
