import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecords, fieldText } from '#internal/cli/merge/csv-records.js';
import { type CsvSource, type MergeCounts, mergeCsv } from '#internal/cli/merge/merge-csv.js';
import { SeenRows } from '#internal/cli/merge/seen-rows.js';
import { valueKind } from '#internal/cli/merge/value-kind.js';

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function rowsOf(text: string, size = 7): Promise<string[][]> {
  const rows: string[][] = [];
  for await (const { bytes, offsets, width, count } of csvRecords(inPieces(text, size), 'f.csv')) {
    for (let record = 0; record < count; record++) {
      rows.push(
        Array.from({ length: width }, (_, field) => {
          const at = 2 * (record * width + field);
          return fieldText(bytes, offsets[at]!, offsets[at + 1]!);
        }),
      );
    }
  }
  return rows;
}

const source = (name: string, text: string): CsvSource => ({ name, chunks: () => inPieces(text, 11) });

async function merged(
  files: Readonly<Record<string, string>>,
  dedupe = false,
): Promise<{ text: string; counts: MergeCounts }> {
  const counts = { rows: 0, duplicates: 0, columns: 0 };
  const pieces: Uint8Array[] = [];
  const sources = Object.entries(files).map(([name, text]) => source(name, text));
  for await (const piece of mergeCsv(sources, { dedupe }, counts)) pieces.push(piece);
  return { text: Buffer.concat(pieces).toString(), counts };
}

const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

describe('csvRecords', () => {
  it('finds what was written, wherever the chunks are cut', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '7', ',', '"', '\n', '\r', 'é', '–', ' ') });
    const table = fc
      .integer({ min: 2, max: 5 })
      .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1 }));
    const line = fc.constantFrom('\n', '\r\n');
    await fc.assert(
      fc.asyncProperty(
        table,
        line,
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        async (rows, eol, end, size) => {
          const plain = (value: string): string => (/[",\r\n]/.test(value) ? quoted(value) : value);
          const text = rows.map((row) => row.map(plain).join(',')).join(eol) + (end ? eol : '');
          expect(await rowsOf(text, size)).toEqual(rows);
        },
      ),
    );
  });

  it('skips a byte order mark and empty lines', async () => {
    expect(await rowsOf('\ufeffa,b\n\n1,2\r\n\r\n', 1)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(await rowsOf('')).toEqual([]);
  });

  it.each([
    ['a,b\n1,2\n3\n', 'f.csv:3: 1 fields, where the header has 2'],
    ['a,b\n"x\ny",2\n3,4,5\n', 'f.csv:4: 3 fields'],
    ['a,b\n1,"2\n', 'f.csv:2: a quote is not closed'],
    ['a,b\n1,"2"3\n', 'f.csv:2: text after a closing quote'],
  ])('refuses %j with its line', async (text, message) => {
    await expect(rowsOf(text, 3)).rejects.toMatchObject({
      code: 'CSV_INVALID',
      detail: expect.stringContaining(message),
    });
  });
});

describe('valueKind', () => {
  const kind = (text: string) => valueKind(Buffer.from(text), 0, Buffer.byteLength(text));

  it('takes every number that JavaScript writes for a number', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(kind(String(value))).toBe('number');
      }),
    );
  });

  it.each([
    ['', 'unknown'],
    ['""', 'unknown'],
    ['"12"', 'number'],
    ['.5', 'number'],
    ['nan', 'number'],
    ['True', 'boolean'],
    ['-', 'text'],
    ['1e', 'text'],
    ['1.2.3', 'text'],
    ['2026-01-02', 'text'],
    ['0x10', 'text'],
  ])('%j is %s', (text, expected) => expect(kind(text)).toBe(expected));
});

describe('SeenRows', () => {
  it('knows exactly what it has seen', () => {
    const part = fc.oneof(fc.nat(40).map(String), fc.constantFrom('65535', '65536', '1e3', 'c7', ''));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), part, part)), (keys) => {
        const seen = new SeenRows();
        const reference = new Set<string>();
        for (const key of keys) {
          const name = JSON.stringify(key);
          expect(seen.add(...key)).toBe(!reference.has(name));
          reference.add(name);
        }
      }),
    );
  });
});

describe('mergeCsv', () => {
  it('unions columns in order of appearance, counts the rows and copies values as they are', async () => {
    const { text, counts } = await merged({
      'a.csv': 'run_id,note\nr1,"x, ""y"""\n',
      'b.csv': 'note,loss\nz,0.10\n,\n',
    });
    expect(text).toBe('id,run_id,note,loss\n1,r1,"x, ""y""",\n2,,z,0.10\n3,,,\n');
    expect(counts).toEqual({ rows: 3, duplicates: 0, columns: 4 });
  });

  it('numbers a merged file anew', async () => {
    const once = await merged({ 'a.csv': 'x\n5\n6\n' });
    expect((await merged({ 'b.csv': 'x\n4\n', 'm.csv': once.text })).text).toBe('id,x\n1,4\n2,5\n3,6\n');
  });

  it('leaves out rows whose run, round and client were seen before, with dedupe only', async () => {
    const files = {
      'a.csv': 'run_id,round,client_id,loss\nr,1,0,0.5\nr,1,1,0.6\nr,1,0,0.7\n',
      'b.csv': 'client_id,run_id,round\n1,"r",1\n1,r,2\n1,s,1\n',
    };
    const { text, counts } = await merged(files, true);
    expect(text).toBe('id,run_id,round,client_id,loss\n1,r,1,0,0.5\n2,r,1,1,0.6\n3,r,2,1,\n4,s,1,1,\n');
    expect(counts).toMatchObject({ rows: 4, duplicates: 2 });
    expect((await merged(files)).counts).toMatchObject({ rows: 6, duplicates: 0 });
  });

  it('lets a column that is text from the start hold anything, and a first file decide', async () => {
    const files = { 'a.csv': 'note,v\n1,\nx,\n', 'b.csv': 'note,v\n2,3\n', 'c.csv': 'note,v\ntrue,4\n' };
    expect((await merged(files)).counts.rows).toBe(4);
  });

  it.each<[Record<string, string>, string]>([
    [{ 'a.csv': 'v\n1\n', 'b.csv': 'v\n2\nx\n' }, 'b.csv:3: column v: "x" is not a number, as in a.csv'],
    [{ 'a.csv': 'v\ntrue\n', 'b.csv': 'v\n1\n' }, 'b.csv:2: column v: "1" is not a boolean, as in a.csv'],
    [{ 'a.csv': 'round\none\n' }, 'a.csv:2: column round: "one" must be a number'],
    [{ 'a.csv': 'v,v\n1,2\n' }, 'a.csv: two columns are called "v"'],
    [{ 'a.csv': 'v,\n1,2\n' }, 'a.csv: a column has no name'],
    [{ 'a.csv': '\n' }, 'a.csv: is empty'],
  ])('refuses %j', async (files, message) => {
    await expect(merged(files)).rejects.toMatchObject({
      code: 'CSV_INVALID',
      detail: expect.stringContaining(message),
    });
  });

  it('names the key column that dedupe lacks', async () => {
    await expect(merged({ 'a.csv': 'run_id,round\nr,1\n' }, true)).rejects.toThrow(
      'a.csv: --dedupe needs the column client_id',
    );
  });
});
