import { type ErrorCode, FleetError } from '#protocol';

export interface CsvForm {
  readonly delimiter: string;
  /** Lines before the first record. */
  readonly skipLines: number;
}

/** What a file that cannot be read is: a known one that is damaged, or a user's own that is not as it must be. */
export type TableFault = Extract<ErrorCode, 'DATASET_CORRUPT' | 'DATASET_INVALID'>;

/**
 * The records of a CSV file (RFC 4180), each a list of fields without surrounding blanks. The parser
 * is loaded only now: a table is parsed once and then read from the cache.
 * @throws FleetError `fault`, naming file and line, for a stray quote or records of unequal length
 */
export async function parseCsv(
  text: string,
  form: CsvForm,
  path: string,
  fault: TableFault = 'DATASET_CORRUPT',
): Promise<string[][]> {
  const { parse } = await import('csv-parse/sync');
  try {
    return parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      delimiter: form.delimiter,
      from_line: form.skipLines + 1,
    });
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
