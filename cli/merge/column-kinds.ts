import { FleetError } from '#protocol';
import { csvColumns, tableNames, tables } from '#store';
import { fieldText, type RecordBatch } from './csv-records.js';
import { type ValueKind, valueKind } from './value-kind.js';

/** What a column holds, and the file that says so; undefined: our own dictionary of columns. */
interface ColumnKind {
  kind: ValueKind;
  file: string | undefined;
}

/**
 * Checks that a column holds the same kind of values in all files. Our own columns have the kind that
 * the dictionary says; any other has that of the first file with values, where a number next to a text
 * makes it a text column. A later file may not bring text into a column of numbers or booleans.
 */
export class ColumnKinds {
  readonly #kinds = new Map<string, ColumnKind>();

  /**
   * @param header the file's column names, in its order
   * @returns a check of the file's batches, from the first record of `from` on
   * @throws FleetError CSV_INVALID, from the check, with file, line, column and value
   */
  forFile(file: string, header: readonly string[]): (batch: RecordBatch, from: number) => void {
    const columns = header.map((name) => this.#kindOf(name));
    let checked = columns.flatMap(({ kind }, i) => (kind === 'text' ? [] : [i]));
    return ({ bytes, offsets, width, count, lineOf }, from) => {
      for (let record = from; record < count; record++) {
        for (const field of checked) {
          const at = 2 * (record * width + field);
          const [start = 0, end = 0] = [offsets[at], offsets[at + 1]];
          const found = valueKind(bytes, start, end);
          const column = columns[field];
          if (column === undefined || found === 'unknown' || found === column.kind) continue;
          if (column.kind === 'unknown') {
            column.kind = found;
            column.file = file;
          } else if (column.file === file) {
            column.kind = 'text';
          } else {
            throw mismatch(`${file}:${lineOf(record)}`, header[field], fieldText(bytes, start, end), column);
          }
          if (column.kind === 'text') checked = checked.filter((one) => one !== field);
        }
      }
    };
  }

  #kindOf(name: string): ColumnKind {
    let column = this.#kinds.get(name);
    if (column === undefined) {
      column = { kind: dictionaryKind(name), file: undefined };
      this.#kinds.set(name, column);
    }
    return column;
  }
}

function mismatch(
  place: string,
  name: string | undefined,
  value: string,
  { kind, file }: ColumnKind,
): FleetError {
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  const why = file === undefined ? `must be a ${kind}` : `is not a ${kind}, as in ${file}`;
  return new FleetError('CSV_INVALID', `${place}: column ${name}: ${JSON.stringify(shown)} ${why}`);
}

const numberTypes: ReadonlySet<string> = new Set(['int4', 'int8', 'float8']);

/**
 * Flags are left open: other programs write 1 and 0 where we write true and false, and either is
 * right, as long as one file does not mix with another.
 */
function dictionaryKind(name: string): ValueKind {
  if (!csvColumns.some((column) => column.name === name)) return 'unknown';
  for (const table of tableNames) {
    const columns: Readonly<Record<string, { readonly type: string }>> = tables[table].columns;
    const type = columns[name]?.type;
    if (type === 'bool') return 'unknown';
    if (type !== undefined) return numberTypes.has(type) ? 'number' : 'text';
  }
  return 'text';
}
