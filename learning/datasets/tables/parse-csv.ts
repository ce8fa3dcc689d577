import { type ErrorCode, FleetError } from '#protocol';

export interface CsvForm {
  readonly delimiter: string;
  /** Lines before the first record. */
  readonly skipLines: number;
}

/** A record and where it is. */
export interface CsvRecord {
  /** Fields without surrounding blanks. */
  readonly fields: readonly string[];
  /** Line of the file on which it begins, from 1. */
  readonly line: number;
}

/** What a file that cannot be read is: a known one that is damaged, or a user's own that is not as it must be. */
export type TableFault = Extract<ErrorCode, 'DATASET_CORRUPT' | 'DATASET_INVALID'>;

/**
 * The records of a CSV file (RFC 4180). The parser is loaded only now: a table is parsed once and then
 * read from the cache.
 * @throws FleetError `fault`, naming file and line, for a stray quote or records of unequal length
 */
export async function parseCsv(
  text: string,
  form: CsvForm,
  path: string,
  fault: TableFault = 'DATASET_CORRUPT',
): Promise<CsvRecord[]> {
  const { parse } = await import('csv-parse/sync');
  try {
    const records: CsvRecord[] = [];
    // The parser counts two lines for a CRLF within quotes, so that all line ends are made one kind before.
    parse(text.replace(/\r\n?/g, '\n'), {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      delimiter: form.delimiter,
      from_line: form.skipLines + 1,
      on_record: (fields, { lines }) => {
        // Told is the line on which a record ends.
        const breaks = fields.reduce((sum, field) => sum + field.split('\n').length - 1, 0);
        records.push({ fields, line: lines - breaks });
        return null;
      },
    });
    return records;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError(fault, `${path}: ${reason}`, { cause });
  }
}

/**
 * A field as a number.
 * @param where file and line, for the error
 * @throws FleetError `fault` for an empty field, text, or a number that is not finite
 */
export function numberField(
  field: string,
  column: string,
  where: string,
  fault: TableFault = 'DATASET_CORRUPT',
): number {
  const value = Number(field);
  if (field !== '' && Number.isFinite(value)) return value;
  const found = field === '' ? 'empty' : JSON.stringify(field);
  throw new FleetError(fault, `${where}: column ${JSON.stringify(column)} is ${found}, not a number`);
}
