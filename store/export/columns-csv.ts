import { csvLine } from '../csv.js';
import type { Manifest } from './manifest.js';

/** Every column of every table with its meaning, as CSV. */
export function columnsCsv({ tables }: Manifest): string {
  const header = ['table', 'column', 'type', 'nullable', 'key', 'unit', 'provenance', 'description'];
  const rows = tables.flatMap(({ name, key, columns }) =>
    columns.map((column) => [
      name,
      column.name,
      column.type,
      column.nullable === true,
      key.includes(column.name),
      column.unit ?? null,
      column.provenance,
      column.description,
    ]),
  );
  return [header, ...rows].map(csvLine).join('');
}
