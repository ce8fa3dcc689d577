import { type RandomStream, randomStream } from '#protocol';
import type { Table } from './table.js';

/** Rows of a table by what they are for, ascending. */
export interface TableSplit {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * Draws the rows that only test. For classification each class gives its share (a stratified split),
 * fractions rounded so that the whole is as large as asked; a class of one row stays in training.
 *
 * @param testSize share of the rows, above 0 and below 1; at least one row trains, and one tests unless
 *   every class has a single row
 */
export function splitTable(table: Table, testSize: number, seed: number): TableSplit {
  const stream = randomStream(seed, 'test-split');
  const wanted = Math.min(Math.max(1, Math.round(testSize * table.rows)), table.rows - 1);
  const strata = table.task === 'classification' ? rowsByClass(table) : [allRows(table.rows)];
  const quotas = stratumQuotas(
    strata.map(({ length }) => length),
    wanted,
    table.rows,
  );
  const isTest = new Uint8Array(table.rows);
  for (const [i, rows] of strata.entries()) {
    for (const row of drawn(rows, quotas[i] ?? 0, stream)) isTest[row] = 1;
  }
  const all = allRows(table.rows);
  return { train: all.filter((row) => isTest[row] === 0), test: all.filter((row) => isTest[row] === 1) };
}

const allRows = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, row) => row);

function rowsByClass({ rows, target, classNames }: Table): Uint32Array[] {
  const all = allRows(rows);
  return classNames.map((_, label) => all.filter((row) => target[row] === label));
}

/** Largest remainders first (Hamilton's method); earlier strata before later ones of equal remainder. */
function stratumQuotas(sizes: readonly number[], wanted: number, rows: number): number[] {
  const exact = sizes.map((size) => (wanted * size) / rows);
  const quotas = exact.map(Math.floor);
  const byRemainder = [...exact.keys()].sort(
    (a, b) => (exact[b] ?? 0) - (quotas[b] ?? 0) - ((exact[a] ?? 0) - (quotas[a] ?? 0)) || a - b,
  );
  let left = wanted - quotas.reduce((sum, quota) => sum + quota, 0);
  for (const i of byRemainder) {
    if (left === 0) break;
    if ((quotas[i] ?? 0) + 1 >= (sizes[i] ?? 0)) continue;
    quotas[i] = (quotas[i] ?? 0) + 1;
    left--;
  }
  return quotas;
}

function drawn(rows: Uint32Array, count: number, stream: RandomStream): Uint32Array {
  return stream.shuffle(rows.slice()).subarray(0, count);
}
