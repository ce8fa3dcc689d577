import { formatCount } from '../../ui/format.js';

interface Bar {
  readonly label: string;
  readonly count: number;
}

/** Counts as bars, each with its number for those who do not see it. */
export function Histogram({ bars }: { readonly bars: readonly Bar[] }) {
  const most = bars.reduce((high, { count }) => Math.max(high, count), 1);
  return (
    <ol class="histogram">
      {bars.map(({ label, count }) => (
        <li key={label} title={`${label}: ${formatCount(count)}`}>
          <span class="histogram-bar" style={{ height: `${(count / most) * 100}%` }} />
          <span class="histogram-label">
            {label}
            <span class="hidden">: {formatCount(count)}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}
