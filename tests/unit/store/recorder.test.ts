import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableCopy } from '#internal/store/connection.js';
import { rowsOfBatch, storeValue } from '#internal/store/export/field-value.js';
import { readCopy } from '#internal/store/export/read-copy.js';
import {
  FleetError,
  parseRunConfig,
  type RunEvent,
  RunEventStream,
  type TrainingMetrics,
  weightsToBytes,
} from '#protocol';
import { openStore, Recorder, type Store, type TableName, tables, type WrittenRows } from '#store';
import { clientShare } from '../../client-share.js';
import { clientContext, quality, trainingMetrics } from '../training-metrics.js';

const ts = Date.UTC(2026, 0, 2, 3, 4, 5);
const config = parseRunConfig({
  name: 'recorded',
  clients: 2,
  rounds: 2,
  db: 'postgres://user:secret@host/db',
  broker: 'mqtt://agent:secret@host:1883',
});

const started = (runId: string): RunEvent => ({
  type: 'run-started',
  ts,
  runId,
  config,
  configSha256: 'c'.repeat(64),
  codeVersion: '0.1.0',
  params: { 'engine.name': 'tfjs', 'model.params_count': 109_386, cores: 2 },
  clients: [0, 1].map((client) => clientShare(client, [2, 3])),
});

const telemetry = (seq: number, over: { round?: number } = {}): RunEvent => ({
  type: 'telemetry',
  ts: ts + seq + 2.5,
  sentAt: ts + seq,
  client: 1,
  boot: ts,
  seq,
  body: {
    phase: 'training',
    round: 1,
    cpuTimeS: 1.5,
    cpuUtilization: 0.9,
    rssMb: 180,
    queueLength: 0,
    bytesSent: 10,
    bytesReceived: 20,
    ...over,
  },
});

const update: RunEvent = {
  ...{ type: 'message', ts: ts + 7.5, sender: 'c0001', boot: ts, seq: 3, sentAt: ts + 5 },
  ...{ kind: 'update', direction: 'up', client: 1, round: 1, bytes: 262_400 },
};
const announcement: RunEvent = {
  ...{ type: 'message', ts: ts + 6, sender: 'aggregator', boot: ts, seq: 0, sentAt: ts + 6 },
  ...{ kind: 'config', direction: 'down', client: undefined, round: undefined, bytes: 900 },
};

const metrics: TrainingMetrics = {
  ...trainingMetrics,
  test: quality(0.25, 2.25),
  updateSignature: weightsToBytes(Float32Array.of(0.5, -0.25, 0.125)),
};

const outcome = (round: number, client: number, participated: boolean): RunEvent => ({
  type: 'client-finished',
  ts: ts + 900,
  outcome: {
    client,
    round,
    startedAt: ts + 100,
    finishedAt: ts + 800,
    selected: true,
    attempted: true,
    participated,
    failReason: participated ? undefined : 'agent_lost',
    samples: 5,
    metrics: participated ? metrics : undefined,
    ...clientContext,
  },
});

const roundFinished = (round: number): RunEvent => ({
  type: 'round-finished',
  ts: ts + 1000 * round,
  round,
  startedAt: ts,
  attempted: 2,
  participated: 1,
  failed: 1,
  global: quality(0.4 * round, 2 / round),
  paramsCount: 100_000,
  weightsSha256: String(round).repeat(64),
  collectTimeS: 0.6,
  aggregateTimeS: 0.1,
  evaluateTimeS: 0.2,
});

const unexpected = (error: FleetError): never => {
  throw error;
};

describe('Recorder on a store', () => {
  let storeDir: string;
  let store: Store;
  beforeAll(async () => {
    storeDir = mkdtempSync(join(tmpdir(), 'mlaas-recorder-'));
    store = await openStore({ storeDir });
    // Making a database takes seconds of computing, and a loaded machine has few to give.
  }, 180_000);
  afterAll(async () => {
    await store.close();
    rmSync(storeDir, { recursive: true, force: true });
  });
  const rows = async (sql: string) => (await store.query(sql)).rows;

  it('turns every event of a run into rows', async () => {
    const stream = new RunEventStream();
    const recorder = new Recorder(store, stream, unexpected);
    const events: RunEvent[] = [
      started('r'),
      { type: 'agent-state', ts: ts + 1, client: 1, state: 'idle', round: 0, pid: 4711, reason: 'ready' },
      { type: 'composition', ts: ts + 2, round: 1, strategy: 'all', eligible: [0, 1], chosen: [1] },
      { type: 'round-state', ts: ts + 3, round: 1, state: 'collect', participants: [0, 1] },
      telemetry(0),
      update,
      // Delivered twice, as MQTT may.
      { ...update, ts: ts + 70 },
      announcement,
      {
        type: 'broker',
        ts: ts + 4,
        counters: { source: 'broker', clients: 3, messagesIn: 1, messagesOut: 2, bytesIn: 3, bytesOut: 4 },
      },
      outcome(1, 0, true),
      outcome(1, 1, false),
      { type: 'log', ts: ts + 5, level: 'warn', code: 'MESSAGE_DROPPED', message: 'odd', client: 1 },
      roundFinished(1),
      roundFinished(2),
      { type: 'run-finished', ts: ts + 3000, status: 'failed', reason: 'broker lost' },
    ];
    for (const event of events) stream.publish(event);
    await recorder.flush();

    expect(
      await rows(`select name, status, reason, finished_at, rounds_finished, global_accuracy, global_loss, weights_sha256,
        dataset, clients, config->>'db', config->>'broker' from runs where run_id = 'r'`),
    ).toEqual([
      [
        'recorded',
        'failed',
        'broker lost',
        '2026-01-02T03:04:08Z',
        2,
        0.8,
        1,
        '2'.repeat(64),
        'synthetic_digits',
        2,
        'postgres://user@host/db',
        'mqtt://agent@host:1883',
      ],
    ]);
    expect(
      await rows(`select scope, key, value from run_params where key in ('name', 'params_count', 'cores', 'seed',
        'hiddenLayers', 'db') order by scope, key`),
    ).toEqual([
      ['deployment', 'db', 'postgres://user@host/db'],
      ['deployment', 'name', 'recorded'],
      ['engine', 'name', 'tfjs'],
      ['experiment', 'hiddenLayers', '[128,64]'],
      ['experiment', 'seed', '42'],
      ['fact', 'cores', '2'],
      ['model', 'params_count', '109386'],
    ]);
    expect(
      await rows('select client_id, agent, samples_count, data_distribution from clients order by 1'),
    ).toEqual([
      [0, 'c0000', 5, [2, 3]],
      [1, 'c0001', 5, [2, 3]],
    ]);
    expect(await rows('select round, strategy, eligible, chosen from compositions')).toEqual([
      [1, 'all', [0, 1], [1]],
    ]);
    expect(
      await rows(`select round, started_at, finished_at, scheduled_clients, attempted_clients, participating_clients,
        failed_clients, global_loss, global_aux_metric, collect_time_s from rounds order by round`),
    ).toEqual([
      [1, '2026-01-02T03:04:05Z', '2026-01-02T03:04:06Z', 2, 2, 1, 1, 2, 0.2, 0.6],
      [2, '2026-01-02T03:04:05Z', '2026-01-02T03:04:07Z', 2, 2, 1, 1, 1, 0.4, 0.6],
    ]);
    expect(
      await rows(`select client_id, availability_flag, participated_flag, fail_reason, steps, accuracy, upload_time_s, comm_bytes_down,
        started_at from client_rounds order by client_id`),
    ).toEqual([
      [0, true, true, null, 4, 0.25, 0.03, 400_000, '2026-01-02T03:04:05.1Z'],
      [1, true, false, 'agent_lost', null, null, null, null, '2026-01-02T03:04:05.1Z'],
    ]);
    expect(
      await rows('select client_id, boot, seq, phase, latency_ms, bytes_received from telemetry'),
    ).toEqual([[1, ts, 0, 'training', 2.5, 20]]);
    expect(
      await rows(`select sender, boot, kind, seq, ts, sent_at, direction, client_id, round, bytes, latency_ms
        from messages order by sender`),
    ).toEqual([
      [
        ...['aggregator', ts, 'config', 0, '2026-01-02T03:04:05.006Z', '2026-01-02T03:04:05.006Z'],
        ...['down', null, null, 900, null],
      ],
      [
        ...['c0001', ts, 'update', 3, '2026-01-02T03:04:05.0075Z', '2026-01-02T03:04:05.005Z'],
        ...['up', 1, 1, 262_400, 2.5],
      ],
    ]);
    expect(
      await rows('select seq, type, level, code, client_id, round, message, detail from events order by seq'),
    ).toEqual([
      [0, 'run-started', 'info', 'running', null, null, null, null],
      [1, 'agent-state', 'info', 'idle', 1, 0, 'ready', { pid: 4711 }],
      [2, 'round-state', 'info', 'collect', null, 1, null, { participants: 2 }],
      [
        3,
        'broker',
        'info',
        'broker',
        null,
        null,
        null,
        { clients: 3, messagesIn: 1, messagesOut: 2, bytesIn: 3, bytesOut: 4 },
      ],
      [4, 'log', 'warn', 'MESSAGE_DROPPED', 1, null, 'odd', null],
      [5, 'run-finished', 'warn', 'failed', null, null, 'broker lost', null],
    ]);
    expect(
      await rows(`select test_loss_before, train_metric_score_before, train_loss_after, staleness_rounds,
        aggregation_wait_s, inference_latency_p99_ms, params_count
        from client_rounds where client_id = 0`),
    ).toEqual([[2.5, 0.125, 2, 0, 0.5, 2, 100_000]]);
    const [[signature] = []] = await rows('select signature from update_signatures');
    expect(signature).toEqual([2 ** 29, -(2 ** 28), 2 ** 27]);
    const counts = recorder.counts();
    expect(counts).toMatchObject({
      runs: 1,
      clients: 2,
      rounds: 2,
      client_rounds: 2,
      update_signatures: 1,
      telemetry: 1,
      messages: 2,
      events: 6,
    });
    expect(recorder.losses()).toEqual({ dropped: 0, rejected: 0 });
    await recorder.close();
    stream.publish(telemetry(1));
    await recorder.flush();
    expect(recorder.counts()).toEqual(counts);
  });

  it('writes by age without being asked', async () => {
    const stream = new RunEventStream();
    const recorder = new Recorder(store, stream, unexpected, { maxAgeMs: 10 });
    stream.publish(started('aged'));
    while (recorder.counts().runs === 0) await sleep(5);
    await recorder.close();
  });

  it('rejects what no column can hold, tells so, and keeps the rest', async () => {
    const stream = new RunEventStream();
    const recorder = new Recorder(store, stream, unexpected);
    stream.publish(telemetry(0));
    stream.publish(started('odd'));
    stream.publish(telemetry(1, { round: 2 ** 40 }));
    stream.publish(telemetry(2));
    await recorder.close();
    expect(recorder.losses()).toEqual({ dropped: 0, rejected: 2 });
    expect(await rows(`select seq from telemetry where run_id = 'odd'`)).toEqual([[2]]);
    expect(await rows(`select code, message from events where run_id = 'odd' and type = 'recorder'`)).toEqual(
      [
        [
          'rejected',
          'an event telemetry does not fit: table telemetry, column round: int4 cannot hold 1099511627776',
        ],
      ],
    );
  });

  it('passes the store’s error on, once, through onError and at every flush', async () => {
    const gone = await openStore({ storeDir: join(storeDir, 'gone') });
    await gone.close();
    const stream = new RunEventStream();
    const errors: FleetError[] = [];
    const recorder = new Recorder(gone, stream, (error) => errors.push(error));
    stream.publish(started('lost'));
    await expect(recorder.flush()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(recorder.flush()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await expect(recorder.close()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(errors.map(({ code }) => code)).toEqual(['STORE_FAILED']);
  });
});

type DecodedBatch = { readonly [T in TableName]?: readonly Readonly<Record<string, unknown>>[] };

async function decode(copies: readonly TableCopy[]): Promise<DecodedBatch> {
  const batch: { [T in TableName]?: Record<string, unknown>[] } = {};
  for (const { table, pieces } of copies) {
    const columns = Object.entries(tables[table].columns).map(([name, column]) => ({ name, ...column }));
    async function* stream() {
      yield* pieces;
    }
    for await (const block of readCopy(stream(), columns, 1000)) {
      const rows = rowsOfBatch(block).map((values) =>
        Object.fromEntries(columns.map(({ name, type }, i) => [name, storeValue(type, values[i]!)])),
      );
      batch[table] = [...(batch[table] ?? []), ...rows];
    }
  }
  return batch;
}

/** A store whose writes wait until they are let through, or fail when told to. */
class HeldStore {
  readonly batches: DecodedBatch[] = [];
  failing = false;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }
  letThrough(): void {
    this.#open();
  }
  async writeCopies(copies: readonly TableCopy[]): Promise<WrittenRows> {
    const copy = await decode(copies);
    await this.#gate;
    await sleep(5);
    if (this.failing) throw new FleetError('STORE_FAILED', 'told to');
    this.batches.push(copy);
    return { telemetry: copy.telemetry?.length ?? 0, events: copy.events?.length ?? 0 };
  }
  get telemetry(): unknown[] {
    return this.batches.flatMap((batch) => batch.telemetry?.map(({ seq }) => seq) ?? []);
  }
}

describe('Recorder', () => {
  const calm = { maxAgeMs: 3_600_000 };

  it('writes full batches at once, one at a time, and loses nothing in between', async () => {
    const store = new HeldStore();
    const stream = new RunEventStream();
    const recorder = new Recorder(store, stream, unexpected, { ...calm, batchRows: 10 });
    const begun = Date.now();
    stream.publish(started('full'));
    store.hold();
    for (let seq = 0; seq < 100; seq++) stream.publish(telemetry(seq));
    // The first batch is under way since its rows were enough; the rest waits for it.
    expect(store.batches).toHaveLength(0);
    const flushed = recorder.flush();
    stream.publish(telemetry(100));
    // Run, parameters and clients have rows, too.
    const { rows, since } = recorder.backlog();
    expect(rows).toBeGreaterThan(101);
    expect(since).toBeGreaterThanOrEqual(begun);
    expect(since).toBeLessThanOrEqual(Date.now());
    store.letThrough();
    await flushed;
    expect(store.telemetry.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, seq) => seq));
    expect(store.batches.length).toBeLessThanOrEqual(3);
    await recorder.close();
    expect(store.telemetry).toHaveLength(101);
    expect(recorder.backlog()).toEqual({ rows: 0, since: undefined });
  });

  it('keeps what could not be written, in order, and says once that it fails', async () => {
    const store = new HeldStore();
    const stream = new RunEventStream();
    const errors: string[] = [];
    const recorder = new Recorder(store, stream, (error) => errors.push(error.detail), calm);
    stream.publish(started('failing'));
    store.failing = true;
    stream.publish(telemetry(0));
    await expect(recorder.flush()).rejects.toThrow(/told to/);
    stream.publish(telemetry(1));
    await expect(recorder.flush()).rejects.toThrow(/told to/);
    expect(errors).toEqual(['told to']);
    store.failing = false;
    await recorder.flush();
    expect(store.telemetry).toEqual([0, 1]);
    expect(store.batches[0]?.runs).toHaveLength(1);

    store.failing = true;
    stream.publish(telemetry(2));
    await expect(recorder.flush()).rejects.toThrow(/told to/);
    expect(errors).toEqual(['told to', 'told to']);
    store.failing = false;
    await recorder.close();
  });

  it('drops telemetry and messages at its bound, never a record of a round, and says how much', async () => {
    const store = new HeldStore();
    const stream = new RunEventStream();
    const recorder = new Recorder(store, stream, unexpected, { ...calm, maxBufferedRows: 100 });
    stream.publish(started('bound'));
    for (let seq = 0; seq < 499; seq++) stream.publish(telemetry(seq));
    stream.publish(update);
    stream.publish(outcome(1, 0, true));
    stream.publish(roundFinished(1));
    await recorder.close();
    const { dropped } = recorder.losses();
    expect(dropped).toBeGreaterThan(400);
    expect(store.telemetry).toHaveLength(500 - dropped);
    expect(store.batches.flatMap((batch) => batch.messages ?? [])).toEqual([]);
    expect(store.batches.flatMap((batch) => batch.client_rounds ?? [])).toHaveLength(1);
    expect(store.batches.flatMap((batch) => batch.rounds ?? [])).toHaveLength(1);
    expect(store.batches.flatMap((batch) => batch.events ?? []).at(-1)).toMatchObject({
      type: 'recorder',
      level: 'warn',
      code: 'dropped',
      message: `${dropped} events were dropped, because the buffer was full`,
    });
  });
});
