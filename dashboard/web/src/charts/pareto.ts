/** Whether larger or smaller is better. */
export type Better = 'more' | 'less';

/**
 * The Pareto front: what no other is at least as good as in both numbers and better in one.
 * @returns the front in ascending order of x
 */
export function paretoFront<T extends { readonly x: number; readonly y: number }>(
  marks: readonly T[],
  betterX: Better,
  betterY: Better,
): T[] {
  const [sx, sy] = [betterX === 'more' ? -1 : 1, betterY === 'more' ? -1 : 1];
  const sorted = [...marks].sort((a, b) => sx * (a.x - b.x) || sy * (a.y - b.y));
  const front: T[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (const mark of sorted) {
    if (sy * mark.y >= best) continue;
    best = sy * mark.y;
    front.push(mark);
  }
  return front.sort((a, b) => a.x - b.x);
}
