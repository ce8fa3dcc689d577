import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FleetError, type RunEvent, RunEventStream } from '#protocol';
import { openStore, Recorder, type Store } from '#store';
import {
  announcement,
  outcome,
  roundFinished,
  started,
  telemetry,
  ts,
  unexpected,
  update,
} from './recorded-events.js';

describe('Recorder on a store', () => {
  let storeDir: string;
  let store: Store;
  beforeAll(async () => {
    storeDir = mkdtempSync(join(tmpdir(), 'mlaas-recorder-'));
    store = await openStore({ storeDir });
  });
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
      {
        ...{
          type: 'agent-state',
          ts: ts + 1,
          client: 1,
          state: 'idle',
          round: 0,
          pid: 4711,
          reason: 'ready',
        },
        device: { host: 'edge-1', cores: 4, engine: 'onnx 1.30.0' },
      },
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
      { type: 'log', ts: ts + 6, level: 'warn', code: 'NO_UPDATES', message: 'none', round: 2 },
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
      [
        1,
        'agent-state',
        'info',
        'idle',
        1,
        0,
        'ready',
        { pid: 4711, host: 'edge-1', cores: 4, engine: 'onnx 1.30.0' },
      ],
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
      [5, 'log', 'warn', 'NO_UPDATES', null, 2, 'none', null],
      [6, 'run-finished', 'warn', 'failed', null, null, 'broker lost', null],
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
      events: 7,
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

  it('tells of the first event of a type that no column can hold, and at the end of how many there were', async () => {
    const stream = new RunEventStream();
    const recorder = new Recorder(store, stream, unexpected);
    stream.publish(started('flooded'));
    for (let seq = 0; seq < 100; seq++) stream.publish(telemetry(seq, { round: 2 ** 40 }));
    await recorder.close();
    expect(recorder.losses()).toEqual({ dropped: 0, rejected: 100 });
    const told = await rows(
      `select message from events where run_id = 'flooded' and type = 'recorder' order by seq`,
    );
    expect(told).toEqual([
      [expect.stringMatching(/^an event telemetry does not fit: /)],
      ['100 events telemetry in all did not fit'],
    ]);
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
