import { FleetError, type RunEvent } from '#protocol';
import type { Queryable, QueryValue } from '#store';
import { resultMetrics } from '../frames/metrics.js';
import type { RunFacts } from '../live/run-records.js';
import type { RunState } from '../live/run-state.js';

/** Something that happened in a stored run: when, and what it does to the state that a page sees. */
export interface StoredEvent {
  readonly ts: number;
  fold(state: RunState): void;
}

/** A part of the run's time, after `from` up to `to`; aborted when nobody wants it any more. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly signal: AbortSignal;
}

/** Telemetry messages that a replay reads between two points in time; of more, it takes every n-th. */
const telemetryBudget = 100_000;
const maxRows = 1_000_000;

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

/** A run of the store, as the events that it was recorded from. */
export class StoredRun {
  readonly facts: RunFacts;
  /** Time of the last record. */
  readonly to: number;
  readonly #store: Queryable;
  readonly #telemetryPerMs: number;
  readonly #chosen: ReadonlyMap<number, readonly number[]>;

  private constructor(
    store: Queryable,
    facts: RunFacts,
    end: { readonly to: number; readonly telemetry: number },
    chosen: ReadonlyMap<number, readonly number[]>,
  ) {
    this.#store = store;
    this.facts = facts;
    this.to = Math.max(end.to, facts.ts + 1);
    this.#telemetryPerMs = end.telemetry / (this.to - facts.ts);
    this.#chosen = chosen;
  }

  /**
   * @param id the run's id
   * @throws FleetError RUN_UNKNOWN; STORE_UNREACHABLE, STORE_FAILED
   */
  static async open(store: Queryable, id: string): Promise<StoredRun> {
    const rows = async (sql: string): Promise<readonly (readonly QueryValue[])[]> =>
      (await store.query(sql, { params: [id], maxRows })).rows;
    const [run] = await rows(
      `SELECT ${ms('r.created_at')}, r.name, r.dataset, r.strategy, r.composition, r.seed, r.clients, r.rounds,
         (SELECT value FROM run_params p WHERE p.run_id = r.run_id AND scope = 'engine' AND key = 'name'),
         ${ms(`greatest(r.finished_at, (SELECT max(ts) FROM events e WHERE e.run_id = r.run_id),
           (SELECT max(ts) FROM telemetry t WHERE t.run_id = r.run_id))`)},
         (SELECT count(*) FROM telemetry t WHERE t.run_id = r.run_id)
       FROM runs r WHERE r.run_id = $1`,
    );
    if (run === undefined) throw new FleetError('RUN_UNKNOWN', id);
    const [ts, name, dataset, strategy, composition, seed, clients, rounds, engine, to, telemetry] = run;
    const shares = await rows(
      'SELECT client_id, samples_count FROM clients WHERE run_id = $1 ORDER BY client_id',
    );
    const chosen = await rows('SELECT round, chosen FROM compositions WHERE run_id = $1');
    const facts: RunFacts = {
      ts: Number(ts),
      runId: id,
      name: String(name),
      dataset: String(dataset),
      strategy: String(strategy),
      composition: String(composition),
      seed: Number(seed),
      clients: Number(clients),
      rounds: Number(rounds),
      engine: String(engine ?? ''),
      shares: shares.map(([client, samples]) => ({ client: Number(client), samples: Number(samples) })),
    };
    return new StoredRun(
      store,
      facts,
      { to: Number(to), telemetry: Number(telemetry) },
      new Map(chosen.map(([round, list]) => [Number(round), Array.isArray(list) ? list.map(Number) : []])),
    );
  }

  /**
   * What happened after `from` up to `to`, in order. The run's start is in `facts`, not here.
   * @throws FleetError what the store throws; QUERY_FAILED once the signal is aborted
   */
  async between(from: number, to: number, signal: AbortSignal): Promise<StoredEvent[]> {
    const stride = Math.max(1, Math.ceil((this.#telemetryPerMs * (to - from)) / telemetryBudget));
    const span = { from, to, signal };
    const parts = [
      await this.#events(span),
      await this.#telemetry(span, stride),
      await this.#results(span),
      await this.#rounds(span),
    ];
    // Stable: of one instant, clients' results come before their round, as they were recorded.
    return parts.flat().sort((a, b) => a.ts - b.ts);
  }

  async #rows(
    sql: string,
    { from, to, signal }: Span,
    ...more: number[]
  ): Promise<readonly (readonly QueryValue[])[]> {
    const params = [this.facts.runId, from / 1000, to / 1000, ...more];
    return (await this.#store.query(sql, { params, maxRows, signal })).rows;
  }

  async #events(span: Span): Promise<StoredEvent[]> {
    const rows = await this.#rows(
      `SELECT ${ms('ts')}, type, level, code, client_id, round, message, detail FROM events
       WHERE run_id = $1 AND ts > to_timestamp($2::float8) AND ts <= to_timestamp($3::float8)
         AND (type <> 'run-started' OR code = 'resumed') ORDER BY ts, seq`,
      span,
    );
    return rows.flatMap((row): StoredEvent[] => {
      const ts = Number(row[0]);
      if (row[1] === 'run-started') return [{ ts, fold: (state) => state.resume(ts) }];
      const event = this.#eventOf(row);
      return event === undefined ? [] : [{ ts: event.ts, fold: (state) => state.apply(event) }];
    });
  }

  #eventOf([at, type, level, code, client, round, message, detail]: readonly QueryValue[]):
    | RunEvent
    | undefined {
    const ts = Number(at);
    const text = typeof message === 'string' ? message : undefined;
    const values: Record<string, unknown> =
      typeof detail === 'object' && detail !== null ? { ...detail } : {};
    const number = (name: string): number => Number(values[name] ?? 0);
    switch (type) {
      case 'agent-state':
        return {
          ...{ type, ts, client: Number(client), round: Number(round), pid: number('pid'), reason: text },
          state: code as Extract<RunEvent, { type: 'agent-state' }>['state'],
        };
      case 'round-state':
        return {
          ...{ type, ts, round: Number(round), participants: this.#chosen.get(Number(round)) ?? [] },
          state: code as Extract<RunEvent, { type: 'round-state' }>['state'],
        };
      case 'broker':
        return {
          type,
          ts,
          counters: {
            source: code === 'aggregator' ? 'aggregator' : 'broker',
            clients: number('clients'),
            messagesIn: number('messagesIn'),
            messagesOut: number('messagesOut'),
            bytesIn: number('bytesIn'),
            bytesOut: number('bytesOut'),
          },
        };
      case 'run-finished':
        return {
          type,
          ts,
          status: code as Extract<RunEvent, { type: 'run-finished' }>['status'],
          reason: text,
        };
      case 'log':
      case 'recorder':
        return {
          ...{ type: 'log', ts, code: String(code), message: text ?? '' },
          level: level === 'warn' || level === 'error' ? level : 'info',
          client: client === null ? undefined : Number(client),
          round: round === null ? undefined : Number(round),
        };
      default:
        return undefined;
    }
  }

  async #telemetry(span: Span, stride: number): Promise<StoredEvent[]> {
    const rows = await this.#rows(
      `SELECT ${ms('ts')}, ${ms('sent_at')}, client_id, boot, seq, cpu_utilization, rss_mb, queue_length,
         bytes_sent, bytes_received
       FROM telemetry WHERE run_id = $1 AND ts > to_timestamp($2::float8) AND ts <= to_timestamp($3::float8)
         AND seq % $4 = 0 ORDER BY ts, client_id, seq`,
      span,
      stride,
    );
    return rows.map((row) => {
      const [
        ts = 0,
        sentAt = 0,
        client = 0,
        boot = 0,
        seq = 0,
        cpu = 0,
        rss = 0,
        queue = 0,
        up = 0,
        down = 0,
      ] = row.map(Number);
      const body = {
        cpuUtilization: cpu,
        rssMb: rss,
        queueLength: queue,
        bytesSent: up,
        bytesReceived: down,
      };
      return { ts, fold: (state) => state.telemetry({ ts, sentAt, client, boot, seq, body }, stride) };
    });
  }

  async #results(span: Span): Promise<StoredEvent[]> {
    const rows = await this.#rows(
      `SELECT ${ms('ts')}, client_id, participated_flag, fail_reason, ${resultMetrics.map(({ id }) => (id === 'accuracy' ? 'metric_score' : id)).join(', ')}
       FROM client_rounds WHERE run_id = $1 AND selected_flag
         AND ts > to_timestamp($2::float8) AND ts <= to_timestamp($3::float8) ORDER BY ts, client_id`,
      span,
    );
    return rows.map(([at, client, participated, reason, ...values]) => {
      const ts = Number(at);
      const failReason = participated === true ? undefined : String(reason ?? 'unknown');
      const results = Object.fromEntries(
        resultMetrics.flatMap(({ id }, i) => (values[i] === null ? [] : [[id, Number(values[i])]])),
      );
      return { ts, fold: (state) => state.clientResult({ ts, client: Number(client), failReason, results }) };
    });
  }

  async #rounds(span: Span): Promise<StoredEvent[]> {
    const rows = await this.#rows(
      `SELECT ${ms('finished_at')}, ${ms('started_at')}, round, participating_clients, failed_clients,
         global_accuracy, global_loss, global_metric_score
       FROM rounds WHERE run_id = $1
         AND finished_at > to_timestamp($2::float8) AND finished_at <= to_timestamp($3::float8) ORDER BY round`,
      span,
    );
    return rows.map((row) => {
      const [ts = 0, startedAt = 0, round = 0, participated = 0, failed = 0, , loss = 0] = row.map(Number);
      const [accuracy, , metricScore] = row
        .slice(5)
        .map((value) => (value === null ? undefined : Number(value)));
      const end = { ts, startedAt, round, participated, failed, global: { loss, accuracy, metricScore } };
      return { ts, fold: (state) => state.roundFinished(end) };
    });
  }
}
