/**
 * Jensen-Shannon divergence in bits (Lin, 1991) of two distributions given as counts: 0 where they are
 * the same, 1 where they share nothing. NaN where one of them has no samples.
 */
export function jensenShannon(a: readonly number[], b: readonly number[]): number {
  const [totalA, totalB] = [sum(a), sum(b)];
  if (totalA === 0 || totalB === 0) return Number.NaN;
  let divergence = 0;
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [p, q] = [(a[i] ?? 0) / totalA, (b[i] ?? 0) / totalB];
    const m = (p + q) / 2;
    divergence += (term(p, m) + term(q, m)) / 2;
  }
  return Math.max(0, divergence);
}

const term = (p: number, m: number): number => (p === 0 ? 0 : p * Math.log2(p / m));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Sum of each column over the rows. */
export const columnSums = (rows: readonly (readonly number[])[]): number[] =>
  (rows[0] ?? []).map((_, column) => sum(rows.map((row) => row[column] ?? 0)));
