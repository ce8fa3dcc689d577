import { type FleetError, type RunEvent, type RunEventStream, toFleetError } from '#protocol';
import type { Backlog } from './backlog.js';
import { rowsOf, type TableCopy } from './connection.js';
import { EventRows } from './event-rows.js';
import { RowBuffer } from './row-buffer.js';
import type { Store } from './store.js';
import { type RowBatch, type TableName, tableNames } from './tables/index.js';

export interface RecorderOptions {
  /** Rows that make a batch worth writing at once; default 5,000. */
  readonly batchRows?: number;
  /** Milliseconds after which even a small batch is written; default 500. */
  readonly maxAgeMs?: number;
  /**
   * Rows kept in memory at most; default 200,000 (some 40 MB). At the bound, new telemetry, messages,
   * broker counters and logs are dropped and counted, and an event of type `recorder` tells how many.
   * The records of rounds, clients, states and decisions are always kept: an aggregator that awaits
   * `flush()` in every round bounds them to one round's.
   */
  readonly maxBufferedRows?: number;
  /** Number of the run's first event; above 0 for a run that is resumed. */
  readonly firstEventSeq?: number;
}

/** Events that are not in the store as they came; each kind also leaves an event of type `recorder`. */
export interface RecorderLosses {
  /** Dropped because the buffer was full. */
  readonly dropped: number;
  /** Not stored because no column can hold them, such as a number out of range. */
  readonly rejected: number;
}

/** Events that an overfull buffer may lose. */
const droppable: ReadonlySet<RunEvent['type']> = new Set(['telemetry', 'message', 'broker', 'log']);
/** After a failed write, so long until the next attempt. */
const retryMs = 2000;

/** Writes a run's events to a store, in batches, one at a time. */
export class Recorder {
  readonly #store: Pick<Store, 'writeCopies'>;
  readonly #batchRows: number;
  readonly #maxAgeMs: number;
  readonly #maxBufferedRows: number;
  readonly #firstEventSeq: number;
  readonly #onError: (error: FleetError) => void;
  readonly #unsubscribe: () => void;
  #rows: EventRows | undefined;
  readonly #buffer = new RowBuffer();
  /** Rows of the clients of the round that is about to be finished. */
  readonly #openRound = new RowBuffer();
  /** What a failed write was to store; it comes before the buffer. */
  #unwritten: readonly TableCopy[] = [];
  /** What is being written now. */
  #underWay: readonly TableCopy[] = [];
  /** When the oldest row of the buffer came, and the oldest of those that are or were to be written. */
  #bufferedSince: number | undefined;
  #writingSince: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failure: FleetError | undefined;
  readonly #written: Record<TableName, number> = noRows();
  #dropped = 0;
  #droppedTold = 0;
  #rejected = 0;
  /** By type, with the event that was told of. */
  readonly #rejectedOf = new Map<RunEvent['type'], number>();
  #closed = false;

  /**
   * @param events recorded from now on, until `close()`
   * @param onError told once when writing begins to fail, and again only after it has worked in between
   */
  constructor(
    store: Pick<Store, 'writeCopies'>,
    events: RunEventStream,
    onError: (error: FleetError) => void,
    options: RecorderOptions = {},
  ) {
    this.#store = store;
    this.#batchRows = options.batchRows ?? 5000;
    this.#maxAgeMs = options.maxAgeMs ?? 500;
    this.#maxBufferedRows = options.maxBufferedRows ?? 200_000;
    this.#firstEventSeq = options.firstEventSeq ?? 0;
    this.#onError = onError;
    this.#unsubscribe = events.subscribe((event) => this.#record(event));
  }

  /** Takes one event in; never throws and never waits. Events before `run-started` are rejected. */
  #record(event: RunEvent): void {
    if (event.type === 'run-started') this.#rows = new EventRows(event, this.#firstEventSeq);
    if (this.#rows === undefined) {
      this.#rejected++;
      return;
    }
    if (this.#waiting() >= this.#maxBufferedRows && droppable.has(event.type)) {
      this.#dropped++;
      return;
    }
    try {
      this.#keep(event, this.#rows.rowsOf(event));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#reject(this.#rows, event.type, error);
    }
    this.#schedule();
  }

  /**
   * A round's clients wait for their round: one batch is stored whole or not at all, so a run that is
   * killed leaves whole rounds only, and goes on with the next without a duplicate.
   */
  #keep(event: RunEvent, batch: RowBatch): void {
    if (event.type === 'client-finished') {
      this.#openRound.add(batch);
      return;
    }
    this.#buffer.add(batch);
    if (event.type === 'round-finished') this.#buffer.absorb(this.#openRound);
    if (this.#buffer.rows > 0) this.#bufferedSince ??= Date.now();
  }

  /**
   * Resolves when everything published before the call is stored.
   * @throws FleetError STORE_FAILED when it is not; the rows are kept and tried again
   */
  async flush(): Promise<void> {
    // What is being written now may have begun before the last event.
    await this.#writing?.catch(() => undefined);
    // Since then the next write may have begun by itself, and has taken everything.
    if (this.#writing !== undefined || this.#waiting() > 0) await this.#write();
  }

  /**
   * Ends the recording and stores what is left.
   * @throws FleetError STORE_FAILED when that fails; it is not tried again
   */
  async close(): Promise<void> {
    this.#unsubscribe();
    this.#tellRejected();
    try {
      await this.flush();
    } finally {
      this.#closed = true;
      clearTimeout(this.#timer);
    }
  }

  /** Rows that were new in the store, by table. */
  counts(): Readonly<Record<TableName, number>> {
    return { ...this.#written };
  }

  /** Rows in memory that the store has not taken yet. Those of a round that goes on wait for its end, and are not among them. */
  backlog(): Backlog {
    return {
      rows: this.#waiting() + rowsOf(this.#underWay),
      since: this.#writingSince ?? this.#bufferedSince,
    };
  }

  losses(): RecorderLosses {
    return { dropped: this.#dropped, rejected: this.#rejected };
  }

  /** Rows for the next write. */
  #waiting(): number {
    return this.#buffer.rows + rowsOf(this.#unwritten);
  }

  #schedule(): void {
    if (this.#writing !== undefined || this.#closed) return;
    if (this.#failure === undefined && this.#buffer.rows >= this.#batchRows) {
      this.#write().catch(() => undefined);
      return;
    }
    this.#timer ??= setTimeout(
      () => this.#write().catch(() => undefined),
      this.#failure === undefined ? this.#maxAgeMs : retryMs,
    );
  }

  #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing ??= this.#writeBuffer().finally(() => {
      this.#writing = undefined;
      if (this.#waiting() > 0) this.#schedule();
    });
    return this.#writing;
  }

  async #writeBuffer(): Promise<void> {
    this.#tellDropped();
    const copies = [...this.#unwritten, ...this.#buffer.take()];
    this.#unwritten = [];
    this.#underWay = copies;
    this.#writingSince ??= this.#bufferedSince;
    this.#bufferedSince = undefined;
    try {
      const written = await this.#store.writeCopies(copies);
      for (const table of tableNames) this.#written[table] += written[table] ?? 0;
      this.#failure = undefined;
      this.#writingSince = undefined;
    } catch (cause) {
      this.#unwritten = copies;
      const error = toFleetError(cause, 'STORE_FAILED');
      const isNew = this.#failure === undefined;
      this.#failure = error;
      if (isNew) this.#onError(error);
      throw error;
    } finally {
      this.#underWay = [];
    }
  }

  /** Told of when it is the first of its type: who sends many of them must not fill the store with words about it. */
  #reject(rows: EventRows, type: RunEvent['type'], error: RangeError): void {
    this.#rejected++;
    const before = this.#rejectedOf.get(type) ?? 0;
    this.#rejectedOf.set(type, before + 1);
    if (before === 0) this.#tell(rows, 'rejected', `an event ${type} does not fit: ${error.message}`);
  }

  #tellRejected(): void {
    if (this.#rows === undefined) return;
    for (const [type, count] of this.#rejectedOf) {
      if (count > 1) this.#tell(this.#rows, 'rejected', `${count} events ${type} in all did not fit`);
    }
    this.#rejectedOf.clear();
  }

  #tellDropped(): void {
    const count = this.#dropped - this.#droppedTold;
    if (count === 0 || this.#rows === undefined) return;
    this.#droppedTold = this.#dropped;
    this.#tell(this.#rows, 'dropped', `${count} events were dropped, because the buffer was full`);
  }

  #tell(rows: EventRows, code: string, message: string): void {
    this.#buffer.add({
      events: [rows.eventRow({ ts: Date.now(), type: 'recorder', level: 'warn', code, message })],
    });
  }
}

const noRows = (): Record<TableName, number> => ({
  runs: 0,
  run_params: 0,
  run_notes: 0,
  clients: 0,
  partition_map: 0,
  compositions: 0,
  rounds: 0,
  client_rounds: 0,
  update_signatures: 0,
  telemetry: 0,
  messages: 0,
  events: 0,
});
