import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TableCopy } from '#internal/store/connection.js';
import { rowsOfBatch, storeValue } from '#internal/store/export/field-value.js';
import { readCopy } from '#internal/store/export/read-copy.js';
import { FleetError, RunEventStream } from '#protocol';
import { Recorder, type TableName, tables, type WrittenRows } from '#store';
import { outcome, roundFinished, started, telemetry, unexpected, update } from './recorded-events.js';

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

describe('buffer of the Recorder', () => {
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
