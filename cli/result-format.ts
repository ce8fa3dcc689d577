import { csvLine, type QueryResult } from '#store';

export const resultFormats = ['table', 'csv', 'json'] as const;
export type ResultFormat = (typeof resultFormats)[number];

/** A query's result as text: aligned columns for people, CSV (RFC 4180) or one JSON array of objects. */
export function formatResult(result: QueryResult, format: ResultFormat): string {
  const names = result.columns.map(({ name }) => name);
  switch (format) {
    case 'json':
      return `${JSON.stringify(result.rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]]))))}\n`;
    case 'csv':
      return [names, ...result.rows].map(csvLine).join('');
    case 'table':
      return table(names, result.rows);
  }
}

function table(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [names, ...rows.map((row) => row.map(plain))];
  const widths = names.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const numeric = names.map((_, column) =>
    rows.every((row) => row[column] === null || typeof row[column] === 'number'),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return `${[lines[0] ?? '', rule, ...lines.slice(1)].join('\n')}\n`;
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(7)));
  return printable(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

/**
 * Text on one line of a terminal: control characters, which could move the cursor or colour the rest,
 * become visible escapes such as `\n` and `\u001b`.
 */
function printable(text: string): string {
  // C0, DEL, C1, and the separators and direction marks that terminals act on.
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, (found) => {
    const json = JSON.stringify(found).slice(1, -1);
    return json === found ? `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}` : json;
  });
}
