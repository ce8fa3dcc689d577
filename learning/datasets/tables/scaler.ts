export const scalerNames = ['standard', 'minmax', 'none'] as const;
export type ScalerName = (typeof scalerNames)[number];

/** Moves and stretches each column by itself: (value - offset) * factor. */
export interface Scaler {
  readonly offsets: Float64Array;
  readonly factors: Float64Array;
}

/**
 * Fits a scaler to some rows of a table: `standard` gives them mean 0 and standard deviation 1
 * (of the population, as scikit-learn's StandardScaler does), `minmax` the range 0..1. A column that is
 * constant in these rows but for rounding is moved to 0 and not stretched.
 *
 * @param rows indices of the rows to fit to: those that train
 */
export function fitScaler(
  name: ScalerName,
  values: Float64Array,
  columns: number,
  rows: Uint32Array,
): Scaler {
  const offsets = new Float64Array(columns);
  const factors = new Float64Array(columns).fill(1);
  if (name === 'none') return { offsets, factors };
  for (let column = 0; column < columns; column++) {
    const at = (row: number): number => values[row * columns + column] ?? Number.NaN;
    const [offset, spread] = name === 'standard' ? meanAndDeviation(rows, at) : lowAndRange(rows, at);
    offsets[column] = offset;
    factors[column] = spread > 0 ? 1 / spread : 1;
  }
  return { offsets, factors };
}

/** The scaled values of some rows, row after row. */
export function scaleRows(
  { offsets, factors }: Scaler,
  values: Float64Array,
  rows: Uint32Array,
): Float32Array {
  const columns = offsets.length;
  const scaled = new Float32Array(rows.length * columns);
  let to = 0;
  for (const row of rows) {
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column] ?? Number.NaN;
      scaled[to++] = (value - (offsets[column] ?? 0)) * (factors[column] ?? 1);
    }
  }
  return scaled;
}

function meanAndDeviation(rows: Uint32Array, at: (row: number) => number): [number, number] {
  let sum = 0;
  for (const row of rows) sum += at(row);
  const mean = sum / rows.length;
  let squares = 0;
  for (const row of rows) squares += (at(row) - mean) ** 2;
  const variance = squares / rows.length;
  return [mean, isRounding(variance, mean, rows.length) ? 0 : Math.sqrt(variance)];
}

/**
 * Whether a variance is no more than what rounding makes of equal values: the mean of a hundred times 0.1
 * is not 0.1. The bound is that of scikit-learn's StandardScaler (`_is_constant_feature`).
 */
function isRounding(variance: number, mean: number, count: number): boolean {
  const error = count * Number.EPSILON;
  return variance <= error * variance + (error * mean) ** 2;
}

function lowAndRange(rows: Uint32Array, at: (row: number) => number): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    low = Math.min(low, at(row));
    high = Math.max(high, at(row));
  }
  const range = high - low;
  // Of equal values the range is exactly 0, whatever they are; this is for values that were rounded apart
  // before. scikit-learn's MinMaxScaler has ten times the precision at 1 for it, whatever the column's unit.
  const rounding = 10 * Number.EPSILON * Math.max(Math.abs(low), Math.abs(high));
  return [low, range <= rounding ? 0 : range];
}
