import { FleetError } from '#protocol';
import { ColumnKinds } from './column-kinds.js';
import { csvRecords, csvTexts, fieldText, type RecordBatch } from './csv-records.js';
import { OutputBytes } from './output-bytes.js';
import { SeenRows } from './seen-rows.js';

/** Something that gives a CSV's bytes, as often as asked. */
export interface CsvSource {
  /** What it is called in errors: a path, or a run. */
  readonly name: string;
  chunks(): AsyncIterable<Uint8Array>;
}

export interface MergeCounts {
  rows: number;
  duplicates: number;
  columns: number;
}

/** The column that a merge adds; that of an earlier merge is not taken over. */
const idColumn = 'id';
const keyColumns = ['run_id', 'round', 'client_id'] as const;

/**
 * Merges CSV files: the union of their columns in the order in which they first appear, preceded by
 * `id`, which counts the rows from 1. A column that a file lacks is empty in its rows. Rows keep their
 * order; values are copied as they are. Every file is read twice, its header before all rows, and
 * memory stays bounded whatever their size (see `SeenRows` for what `dedupe` adds).
 *
 * @param options.dedupe leaves out a row whose run, round and client have been seen in an earlier row
 * @param counts filled in while the result is consumed
 * @returns the merged file's bytes
 * @throws FleetError CSV_INVALID that names file and line
 */
export async function* mergeCsv(
  sources: readonly CsvSource[],
  { dedupe }: { readonly dedupe: boolean },
  counts: MergeCounts,
): AsyncGenerator<Uint8Array> {
  const headers = new Map<CsvSource, readonly string[]>();
  for (const source of sources) headers.set(source, await readHeader(source));
  const columns = [...new Set([...headers.values()].flat())].filter((name) => name !== idColumn);
  counts.columns = columns.length + 1;
  const output = new OutputBytes();
  output.text(`${[idColumn, ...columns].map(quoted).join(',')}\n`);
  const kinds = new ColumnKinds();
  const seen = dedupe ? new SeenRows() : undefined;
  for (const [source, header] of headers) {
    const check = kinds.forFile(source.name, header);
    const isRepeated = seen && repetition(seen, source.name, header);
    const copy = recordCopier(header, columns);
    let from = 1;
    for await (const batch of csvRecords(source.chunks(), source.name)) {
      check(batch, from);
      for (let record = from; record < batch.count; record++) {
        if (isRepeated?.(batch, record)) {
          counts.duplicates++;
          continue;
        }
        counts.rows++;
        output.text(`${counts.rows},`);
        copy(batch, record, output);
        if (output.isFull) yield output.take();
      }
      from = 0;
    }
  }
  yield output.take();
}

async function readHeader(source: CsvSource): Promise<string[]> {
  const refuse = (why: string): FleetError => new FleetError('CSV_INVALID', `${source.name}: ${why}`);
  for await (const { fields: header } of csvTexts(source.chunks(), source.name)) {
    const twice = header.find((name, i) => header.indexOf(name) !== i);
    if (twice !== undefined) throw refuse(`two columns are called ${JSON.stringify(twice)}`);
    if (header.includes('')) throw refuse('a column has no name');
    return header;
  }
  throw refuse('is empty: a CSV begins with the names of its columns');
}

/** @returns whether a record's key has been seen before, in any file */
function repetition(
  seen: SeenRows,
  file: string,
  header: readonly string[],
): (batch: RecordBatch, record: number) => boolean {
  const fields = keyColumns.map((name) => header.indexOf(name));
  const missing = keyColumns.filter((_, i) => fields[i] === -1);
  if (missing.length > 0) {
    throw new FleetError('CSV_INVALID', `${file}: --dedupe needs the column ${missing.join(' and ')}`);
  }
  const [run = 0, round = 0, client = 0] = fields;
  return ({ bytes, offsets, width }, record) => {
    const text = (field: number): string => {
      const at = 2 * (record * width + field);
      return fieldText(bytes, offsets[at] ?? 0, offsets[at + 1] ?? 0);
    };
    return !seen.add(text(run), text(round), text(client));
  };
}

/** @returns what appends a record of a file with `header` as a line of the merged `columns` */
function recordCopier(
  header: readonly string[],
  columns: readonly string[],
): (batch: RecordBatch, record: number, output: OutputBytes) => void {
  const isSame = header.length === columns.length && columns.every((name, i) => name === header[i]);
  if (isSame) {
    return ({ bytes, offsets, width }, record, output) => {
      const first = 2 * record * width;
      output.bytes(bytes, offsets[first] ?? 0, offsets[first + 2 * width - 1] ?? 0);
      output.text('\n');
    };
  }
  const fields = columns.map((name) => header.indexOf(name));
  return ({ bytes, offsets, width }, record, output) => {
    for (const [i, field] of fields.entries()) {
      if (i > 0) output.text(',');
      if (field === -1) continue;
      const at = 2 * (record * width + field);
      output.bytes(bytes, offsets[at] ?? 0, offsets[at + 1] ?? 0);
    }
    output.text('\n');
  };
}

const quoted = (name: string): string => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
