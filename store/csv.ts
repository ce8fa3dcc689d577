import { csvColumns } from './csv-columns.js';
import type { QueryValue } from './query-result.js';
import type { Queryable } from './store.js';

const pageRows = 5000;

const select = `
  SELECT ${csvColumns.map(({ name, sql }) => `${sql} AS ${name}`).join(', ')}
  FROM client_rounds cr
  JOIN runs r ON r.run_id = cr.run_id
  JOIN clients c ON c.run_id = cr.run_id AND c.client_id = cr.client_id
  LEFT JOIN rounds g ON g.run_id = cr.run_id AND g.round = cr.round
  WHERE cr.run_id = $1 AND (cr.round, cr.client_id) > ($2::int4, $3::int4)
  ORDER BY cr.round, cr.client_id
  LIMIT ${pageRows}`;

const roundIndex = csvColumns.findIndex(({ name }) => name === 'round');
const clientIndex = csvColumns.findIndex(({ name }) => name === 'client_id');

/**
 * A run as CSV, one row per client and round, ordered by round and client: the header first, then the
 * rows, each a line with its line feed. Quoted as RFC 4180 has it; nothing (null) is an empty field,
 * times are ISO 8601 in UTC, lists are JSON. Memory stays bounded: rows are read page by page.
 *
 * @param runId id of a stored run; an unknown one gives the header alone
 * @throws FleetError QUERY_FAILED
 * @example await pipeline(clientRoundsCsv(store, runId), createWriteStream('clients.csv'))
 */
export async function* clientRoundsCsv(store: Queryable, runId: string): AsyncGenerator<string> {
  yield csvLine(csvColumns.map(({ name }) => name));
  let after: readonly (string | number)[] = [0, -1];
  for (;;) {
    const { rows } = await store.query(select, { params: [runId, ...after], maxRows: pageRows });
    for (const row of rows) yield csvLine(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < pageRows) return;
    after = [Number(last[roundIndex]), Number(last[clientIndex])];
  }
}

/** One CSV line of any values, with its line feed. */
export function csvLine(values: readonly QueryValue[]): string {
  return `${values.map((value) => quoted(csvText(value))).join(',')}\n`;
}

function csvText(value: QueryValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
