import { describe, expect, it } from 'vitest';
import type { TableCopy } from '#internal/store/connection.js';
import { rowsOfBatch } from '#internal/store/export/field-value.js';
import { readCopy } from '#internal/store/export/read-copy.js';
import { RowBuffer } from '#internal/store/row-buffer.js';
import { tables } from '#store';
import { eventRow, telemetryRow } from '../../contract/store-rows.js';

/** The values of a column, read back from a table's encoded rows. */
async function valuesOf({ table, pieces }: TableCopy, column: string): Promise<unknown[]> {
  const columns = Object.entries(tables[table].columns).map(([name, spec]) => ({ name, ...spec }));
  async function* stream() {
    yield* pieces;
  }
  const values: unknown[] = [];
  for await (const batch of readCopy(stream(), columns, 1000)) {
    const at = columns.findIndex(({ name }) => name === column);
    values.push(...rowsOfBatch(batch).map((row) => row[at]));
  }
  return values;
}

const telemetry = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => telemetryRow('r', from + i));

describe('RowBuffer', () => {
  it('gives all rows in their order, table by table, and is then empty', async () => {
    const buffer = new RowBuffer();
    // More than one piece of bytes.
    for (let from = 0; from < 5000; from += 500) buffer.add({ telemetry: telemetry(from, 500) });
    buffer.add({ events: [eventRow('r', 7)] });
    expect(buffer.rows).toBe(5001);
    const [first, second, ...rest] = buffer.take();
    expect([first?.table, first?.rows, second?.table, second?.rows, rest]).toEqual([
      ...['telemetry', 5000, 'events', 1],
      [],
    ]);
    expect(await valuesOf(first!, 'seq')).toEqual(Array.from({ length: 5000 }, (_, i) => BigInt(i)));
    expect([buffer.rows, buffer.take()]).toEqual([0, []]);
  });

  it('takes none of a batch of which one value does not fit', async () => {
    const buffer = new RowBuffer();
    buffer.add({ telemetry: telemetry(0, 2) });
    const odd = { ...eventRow('r', 1), client_id: 2 ** 31 };
    expect(() => buffer.add({ telemetry: telemetry(2, 3), events: [eventRow('r', 0), odd] })).toThrow(
      'table events, column client_id: int4 cannot hold 2147483648',
    );
    expect(buffer.rows).toBe(2);
    buffer.add({ telemetry: telemetry(9, 1) });
    const copies = buffer.take();
    expect(copies).toHaveLength(1);
    expect(await valuesOf(copies[0]!, 'seq')).toEqual([0n, 1n, 9n]);
  });

  it('absorbs another buffer, which is then empty', async () => {
    const [one, other] = [new RowBuffer(), new RowBuffer()];
    one.add({ telemetry: telemetry(0, 2) });
    other.add({ telemetry: telemetry(2, 2) });
    one.absorb(other);
    expect([one.rows, other.rows, other.take()]).toEqual([4, 0, []]);
    one.add({ telemetry: telemetry(4, 1) });
    const [copy] = one.take();
    expect(copy?.rows).toBe(5);
    expect(await valuesOf(copy!, 'seq')).toEqual([0n, 1n, 2n, 3n, 4n]);
  });
});
