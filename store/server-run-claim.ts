import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { FleetError } from '#protocol';
import { asFleetError } from './postgres-errors.js';
import { claimKey, type RunClaim } from './run-claim.js';
import { socketOf } from './session-socket.js';

const connectTimeoutMs = 10_000;
/** How often a claim is taken again whose session was lost. */
const retakeMs = 1000;
/** How long the end of a session may take before it is cut off. */
const endPatienceMs = 2000;
/** Seconds after which each side notices that the other is gone without a word, such as a machine without power. */
const keepalive = { idleS: 30, intervalS: 10, probes: 3 };

/**
 * The claim on a run of a server: an advisory lock of a session of its own, which the server frees when the process
 * is gone, however it ended. A session that is lost with the server is made again as soon as the server is back.
 */
export class ServerRunClaim implements RunClaim {
  readonly #url: string;
  readonly #runId: string;
  readonly #released = new AbortController();
  #session: pg.Client | undefined;

  private constructor(url: string, runId: string) {
    this.#url = url;
    this.#runId = runId;
  }

  /**
   * @throws FleetError RESUME_IMPOSSIBLE when another process holds the run; STORE_UNREACHABLE, STORE_FAILED
   */
  static async take(url: string, runId: string): Promise<RunClaim> {
    const claim = new ServerRunClaim(url, runId);
    try {
      if (await claim.#take()) return claim;
    } catch (error) {
      throw asFleetError(error, 'STORE_FAILED');
    }
    throw new FleetError(
      'RESUME_IMPOSSIBLE',
      `run ${runId} is going on in another process; it can be resumed when that one has ended`,
    );
  }

  async release(): Promise<void> {
    this.#released.abort();
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) await endSession(session);
  }

  /** @returns whether the run is ours now */
  async #take(): Promise<boolean> {
    const session = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: connectTimeoutMs,
      application_name: 'mlaas-fleet run',
      keepAlive: true,
      keepAliveInitialDelayMillis: keepalive.idleS * 1000,
    });
    // What breaks a session also ends it.
    session.on('error', () => undefined);
    try {
      await session.connect();
      if (await lock(session, this.#runId)) {
        this.#hold(session);
        return true;
      }
    } catch (error) {
      await endSession(session);
      throw error;
    }
    await endSession(session);
    return false;
  }

  #hold(session: pg.Client): void {
    if (this.#released.signal.aborted) {
      void endSession(session);
      return;
    }
    this.#session = session;
    session.once('end', () => {
      if (this.#session !== session) return;
      this.#session = undefined;
      void this.#retake();
    });
  }

  /** A session whose end the server has not noticed yet may hold the lock for some time. */
  async #retake(): Promise<void> {
    const { signal } = this.#released;
    while (!signal.aborted) {
      try {
        await delay(retakeMs, undefined, { signal, ref: false });
        if (await this.#take()) return;
      } catch {
        // Still away; or released, which ends the loop.
      }
    }
  }
}

async function lock(session: pg.Client, runId: string): Promise<boolean> {
  const { idleS, intervalS, probes } = keepalive;
  await session.query(
    `SET tcp_keepalives_idle = ${idleS}; SET tcp_keepalives_interval = ${intervalS}; SET tcp_keepalives_count = ${probes}`,
  );
  const { rows } = await session.query<{ ours: boolean }>(
    `SELECT pg_try_advisory_lock(${claimKey('$1')}) AS ours`,
    [runId],
  );
  return rows[0]?.ours === true;
}

/** A server that hangs answers no goodbye: its session is then cut off. */
async function endSession(session: pg.Client): Promise<void> {
  const ended = session.end().catch(() => undefined);
  const timer = new AbortController();
  const patience = delay(endPatienceMs, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([ended, patience]);
  timer.abort();
  socketOf(session)?.destroy();
}
