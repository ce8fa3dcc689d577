import { type RandomStream, randomStream } from '#protocol';
import { largestRemainderQuotas } from './largest-remainder.js';
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
  const sizes = strata.map(({ length }) => length);
  // Rounding up takes no stratum its last row.
  const quotas = largestRemainderQuotas(
    sizes,
    wanted,
    sizes.map((size) => size - 1),
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

function drawn(rows: Uint32Array, count: number, stream: RandomStream): Uint32Array {
  return stream.shuffle(rows.slice()).subarray(0, count);
}
