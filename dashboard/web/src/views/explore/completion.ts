/** Tables of the store with their columns. */
export type Schema = ReadonlyMap<string, readonly string[]>;

const keywords = [
  ...[
    'SELECT',
    'FROM',
    'WHERE',
    'GROUP BY',
    'ORDER BY',
    'LIMIT',
    'JOIN',
    'LEFT JOIN',
    'USING',
    'ON',
    'AND',
    'OR',
  ],
  ...['WITH', 'AS', 'DISTINCT', 'COUNT', 'AVG', 'SUM', 'MIN', 'MAX', 'BETWEEN', 'IS NOT NULL', 'DESC'],
];
const shown = 8;

export interface Completion {
  /** Where the word begins that is completed. */
  readonly from: number;
  readonly words: readonly string[];
}

/**
 * What the word before the cursor may become: columns of the tables that the query names, then tables,
 * columns of other tables, and keywords. After `table.` only that table's columns.
 */
export function complete(sql: string, cursor: number, schema: Schema): Completion {
  const before = sql.slice(0, cursor);
  const word = /[\w]*$/.exec(before)?.[0] ?? '';
  const from = cursor - word.length;
  const qualifier = /(\w+)\.$/.exec(before.slice(0, from))?.[1];
  const named = [...schema].filter(([table]) => new RegExp(`\\b${table}\\b`, 'i').test(sql));
  const columns = (tables: readonly (readonly [string, readonly string[]])[]): string[] =>
    tables.flatMap(([, all]) => all);
  const candidates =
    qualifier === undefined
      ? [...columns(named), ...schema.keys(), ...columns([...schema]), ...keywords]
      : [...(schema.get(qualifier) ?? columns(named))];
  if (word === '' && qualifier === undefined) return { from, words: [] };
  const wanted = word.toLowerCase();
  const words = [...new Set(candidates)].filter(
    (one) => one.toLowerCase().startsWith(wanted) && one.toLowerCase() !== wanted,
  );
  return { from, words: words.slice(0, shown) };
}
