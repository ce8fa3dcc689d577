import { scaleColor } from './color-scale.js';

/** What the colours of a plot mean: amounts between two ends, or kinds. */
export type Legend =
  | {
      readonly kind: 'scale';
      /** Texts, with units, at the ends and in the middle. */
      readonly low: string;
      readonly middle: string;
      readonly high: string;
    }
  | { readonly kind: 'kinds'; readonly kinds: readonly ColoredKind[] };

export interface ColoredKind {
  readonly label: string;
  /** Name of a CSS variable. */
  readonly color: string;
}

/** @param format a value with its unit */
export const scaleLegend = (low: number, high: number, format: (value: number) => string): Legend => ({
  kind: 'scale',
  low: format(low),
  middle: format((low + high) / 2),
  high: format(high),
});

/** Shares along the scale that a legend paints. */
export const scaleSteps: readonly number[] = Array.from({ length: 33 }, (_, i) => i / 32);

/** The legend of a plot whose colours are numbers or kinds. */
export function ColorLegend({ legend }: { readonly legend: Legend }) {
  if (legend.kind === 'kinds') {
    return (
      <ul class="color-legend">
        {legend.kinds.map(({ label, color }) => (
          <li key={label}>
            <span class="color-swatch" style={{ background: `var(${color})` }} />
            {label}
          </li>
        ))}
      </ul>
    );
  }
  const { low, middle, high } = legend;
  return (
    <div class="color-legend" role="img" aria-label={`Colours from ${low} over ${middle} to ${high}`}>
      <span class="scale">
        <span class="scale-bar">
          {scaleSteps.map((share) => (
            <span key={share} style={{ background: scaleColor(share) }} />
          ))}
        </span>
        <span class="scale-text">
          <span>{low}</span>
          <span>{middle}</span>
          <span>{high}</span>
        </span>
      </span>
    </div>
  );
}
