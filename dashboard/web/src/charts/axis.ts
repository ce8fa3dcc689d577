import { formatExponent, formatTime, formatValue, needsExponent } from '../ui/format.js';

export interface Axis {
  /** Lower and upper end, from those of the data. */
  readonly range: (low: number, high: number) => [low: number, high: number];
  /** Only asked for when there are data. @param step the distance between two ticks */
  readonly format: (value: number, step: number) => string;
  /** Distances between ticks to choose from. */
  readonly steps: readonly number[];
  /** Pixels that a tick's text needs across; 40 by default. */
  readonly tickSpace?: number;
}

/**
 * 1, 2 and 5 times the powers of ten from 10^from to 10^to. Without the plot's own 2.5, a tick has
 * no more decimals than its step has.
 */
const decimalSteps = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => [1, 2, 5].map((n) => Number(`${n}e${from + i}`))).flat();

const exponentOf = (value: number): number => Math.floor(Math.log10(Math.abs(value)) + 1e-9);

/** Decimals that tell ticks at such a step apart. @param step one of `decimalSteps` */
const decimalsOf = (step: number): number => Math.max(0, -exponentOf(step));

/** A number with as many digits as tell ticks at such a step apart. */
function formatTick(value: number, step: number): string {
  const size = Math.abs(value);
  // A tick at 0 may be off by a rounding.
  const isPlain = size < step * 1e-6 || !(needsExponent(value) || (needsExponent(step) && size < 1));
  if (isPlain) return value.toFixed(decimalsOf(step));
  return formatExponent(value, Math.min(15, Math.max(1, exponentOf(value) - exponentOf(step) + 1)));
}

/** A model that diverges has a loss of any size. */
const largestExponent = 300;

/** Short runs have their whole length from the start, so that the axis stands still. */
export function roundAxis(totalRounds: number): Axis {
  return {
    range: (_, high) => {
      const end = Math.max(2, totalRounds <= 100 ? totalRounds : Math.max(20, high));
      const margin = (end - 1) * 0.03;
      return [1 - margin, end + margin];
    },
    format: (value) => String(value),
    steps: decimalSteps(0, 5),
  };
}

/** A time axis in seconds since 1970, over the data. */
export const timeAxis: Axis = {
  range: (low, high) => (high > low ? [low, high] : [high - 1, high + 1]),
  format: (value) => formatTime(value * 1000),
  steps: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400],
  tickSpace: 72,
};

/** An axis that shows a ratio's data with a little room, up to 1 and from 0; a silhouette may be below. */
export const ratioAxis: Axis = {
  range: (low, high) => {
    const margin = Math.max(high - low, 0.02) * 0.1;
    return [low < 0 ? low - margin : Math.max(0, low - margin), Math.min(1, high + margin)];
  },
  format: (value, step) => `${(value * 100).toFixed(decimalsOf(step * 100))} %`,
  steps: decimalSteps(-5, 0),
};

/** An axis that fits the data, wherever they lie. */
export const fittedAxis: Axis = {
  range: (low, high) => {
    const margin = Math.max(high - low, Math.abs(high) * 0.05) * 0.1;
    return margin > 0 ? [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin] : [0, 1];
  },
  format: formatTick,
  steps: decimalSteps(-9, largestExponent),
};

const fromZero = (low: number, high: number): [number, number] => [
  Math.min(0, low),
  high > 0 ? high * 1.1 : 1,
];

/** Units that a panel's title tells; beside every tick there is no room for them. */
const counted: ReadonlySet<string> = new Set(['messages', 'rows', 'clients', 'samples']);

const unitAxes = new Map<string, Axis>();

/** An axis from 0 for values of a unit; one object a unit. */
export function unitAxis(unit: string): Axis {
  if (unit === 'ratio') return ratioAxis;
  const known = unitAxes.get(unit);
  if (known !== undefined) return known;
  const axis: Axis = {
    range: fromZero,
    format: (value) => formatValue(value, counted.has(unit) ? '' : unit),
    steps: decimalSteps(-9, largestExponent),
  };
  unitAxes.set(unit, axis);
  return axis;
}

/** An axis that fits values of a unit, wherever they lie. */
export const fittedUnitAxis = (unit: string): Axis =>
  unit === 'ratio' ? ratioAxis : { ...unitAxis(unit), range: fittedAxis.range };
