/**
 * Divides a whole number in proportion to sizes by the method of largest remainders (Hamilton's): every
 * part is its exact share rounded down, and what is left over goes one each to the parts whose shares lost
 * most by that, earlier parts before later ones that lost as much.
 *
 * @param sizes not all 0
 * @param total whole number to divide
 * @param limits the most that each part may be rounded up to; what they forbid goes to the next part, and is
 *   left out where there is none
 * @returns a whole number for each size; they sum to `total` unless limits forbid it
 */
export function largestRemainderQuotas(
  sizes: readonly number[],
  total: number,
  limits: readonly number[],
): number[] {
  const sum = sizes.reduce((a, b) => a + b, 0);
  const exact = sizes.map((size) => (total * size) / sum);
  const quotas = exact.map(Math.floor);
  const lost = exact.map((share, part) => share - (quotas[part] ?? 0));
  const byLoss = [...sizes.keys()].sort((a, b) => (lost[b] ?? 0) - (lost[a] ?? 0) || a - b);
  const open = byLoss.filter((part) => (quotas[part] ?? 0) < (limits[part] ?? 0));
  const left = total - quotas.reduce((a, b) => a + b, 0);
  for (const part of open.slice(0, left)) quotas[part] = (quotas[part] ?? 0) + 1;
  return quotas;
}
