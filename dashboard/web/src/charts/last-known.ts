/** The last value of a line at a point or before it; undefined before its first. */
export function lastKnown(
  values: ArrayLike<number | null>,
  index: number,
): { readonly index: number; readonly value: number } | undefined {
  for (let i = Math.min(index, values.length - 1); i >= 0; i--) {
    const value = values[i];
    if (isKnown(value)) return { index: i, value };
  }
  return undefined;
}

/** The points that have a value between two gaps: no line goes through them. */
export function isolatedPoints(values: ArrayLike<number | null | undefined>): number[] {
  const places = Array.from({ length: values.length }, (_, i) => i);
  return places.filter((i) => isKnown(values[i]) && !isKnown(values[i - 1]) && !isKnown(values[i + 1]));
}

const isKnown = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined && Number.isFinite(value);
