import type { NamedColumn } from '../columns.js';
import type { ColumnBatch, ColumnData } from './column-batch.js';
import { isoTime } from './iso-time.js';
import type { ByteSink } from './output-file.js';
import type { TableFile } from './table-file.js';

/** So many rows are joined at a time: fewer would be slow, more would take memory. */
const blockRows = 4096;

/**
 * CSV as RFC 4180, with a header, UTF-8 and line feeds. Null is an empty field and an empty text is `""`, as
 * PostgreSQL has it; times are ISO 8601 with microseconds in UTC, lists and jsonb are JSON.
 */
export async function openCsvFile(output: ByteSink, columns: readonly NamedColumn[]): Promise<TableFile> {
  await output.write(Buffer.from(`${columns.map(({ name }) => quoted(name)).join(',')}\n`));
  return {
    async write(batch) {
      for (let from = 0; from < batch.rows; from += blockRows) {
        await output.write(Buffer.from(lines(batch, from, Math.min(batch.rows, from + blockRows))));
      }
    },
    async end() {},
  };
}

function lines({ columns }: ColumnBatch, from: number, to: number): string {
  const fields = columns.map((column) => fieldsOf(column, from, to));
  let text = '';
  for (let row = 0; row < to - from; row++) text += `${fields.map((field) => field[row]).join(',')}\n`;
  return text;
}

function fieldsOf(column: ColumnData, from: number, to: number): string[] {
  const { valid } = column;
  const fields = texts(column, from, to);
  return valid === undefined ? fields : fields.map((field, i) => (valid[from + i] === 0 ? '' : field));
}

function texts(column: ColumnData, from: number, to: number): string[] {
  switch (column.type) {
    case 'text':
    case 'jsonb':
      return column.values.slice(from, to).map(quoted);
    case 'bool':
      return Array.from(column.values.subarray(from, to), (value) => (value === 1 ? 'true' : 'false'));
    case 'int4':
    case 'int8':
      return Array.from<number | bigint, string>(column.values.slice(from, to), String);
    case 'float8':
      // -0 would lose its sign.
      return Array.from(column.values.subarray(from, to), (value) =>
        Object.is(value, -0) ? '-0' : String(value),
      );
    case 'timestamptz':
      return Array.from(column.values.subarray(from, to), isoTime);
    case 'int4[]':
      return column.values.slice(from, to).map((value) => quoted(`[${value.join(',')}]`));
  }
}

/** Quoted also when empty, because an empty field without quotes is null. */
function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
