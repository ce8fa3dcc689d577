import { useRef } from 'preact/hooks';
import { plotSavings } from '../../charts/save.js';
import { SaveMenu } from '../../charts/save-menu.js';
import { standaloneSvg } from '../../charts/standalone-svg.js';
import { formatValue } from '../../ui/format.js';
import { ScrollBox } from '../../ui/scroll-box.js';

export interface Axis {
  readonly label: string;
  readonly unit: string;
}

export interface Service {
  readonly client: number;
  readonly label: string;
  /** A value an axis; NaN where there is none. */
  readonly values: readonly number[];
}

interface ParallelProps {
  readonly axes: readonly Axis[];
  readonly services: readonly Service[];
  /** Clients that stand out. */
  readonly chosen: ReadonlySet<number>;
}

const [width, height] = [960, 320];
const box = { left: 60, top: 34, right: 900, bottom: 280 };
const title = 'Services by their qualities';

/** Parallel coordinates: a line a service, an axis a quality; those in the composition stand out. */
export function Parallel({ axes, services, chosen }: ParallelProps) {
  const ranges = axes.map((_, i) => {
    const values = services
      .map(({ values: all }) => all[i] ?? Number.NaN)
      .filter((value) => !Number.isNaN(value));
    return [
      values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY),
      values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY),
    ] as const;
  });
  const x = (axis: number): number =>
    box.left + (axis / Math.max(1, axes.length - 1)) * (box.right - box.left);
  const y = (axis: number, value: number): number => {
    const [low, high] = ranges[axis] ?? [0, 1];
    return box.bottom - (high > low ? (value - low) / (high - low) : 0.5) * (box.bottom - box.top);
  };
  const pathOf = ({ values }: Service): string =>
    values
      .map((value, axis) => [axis, value] as const)
      .filter(([, value]) => !Number.isNaN(value))
      .map(([axis, value], i) => `${i === 0 ? 'M' : 'L'}${x(axis).toFixed(1)} ${y(axis, value).toFixed(1)}`)
      .join('');
  // Those that stand out are drawn last, over the others.
  const ordered = [...services].sort((a, b) => Number(chosen.has(a.client)) - Number(chosen.has(b.client)));
  const picture = useRef<SVGSVGElement>(null);
  const savings = plotSavings(
    title,
    () => standaloneSvg(picture.current),
    () => [
      ['service', ...axes.map(({ label }) => label), 'chosen'],
      services.map(({ client, label, values }) => [label, ...values, chosen.has(client)]),
    ],
  );
  return (
    <section class="panel" aria-label={title} data-testid="parallel" data-points={services.length}>
      <h2>
        {title}
        <span class="reading">
          <span class="key chosen" /> in the shown round’s composition <b>{chosen.size}</b> of{' '}
          {services.length}
          <SaveMenu title={title} savings={savings} />
        </span>
      </h2>
      <ScrollBox kind="wide" label="Lines of the services">
        <svg
          class="scatter parallel"
          ref={picture}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={`${services.length} services on ${axes.length} axes`}
        >
          {ordered.map((service) => (
            <path
              key={service.client}
              class={chosen.has(service.client) ? 'service chosen' : 'service'}
              d={pathOf(service)}
            >
              <title>{service.label}</title>
            </path>
          ))}
          {axes.map(({ label, unit }, axis) => (
            <g key={label}>
              <path class="grid-line" d={`M${x(axis)} ${box.top}V${box.bottom}`} />
              <text x={x(axis)} y={16} text-anchor="middle">
                {label}
              </text>
              <text x={x(axis)} y={box.top - 4} text-anchor="middle">
                {formatValue(ranges[axis]?.[1], unit)}
              </text>
              <text x={x(axis)} y={box.bottom + 16} text-anchor="middle">
                {formatValue(ranges[axis]?.[0], unit)}
              </text>
            </g>
          ))}
        </svg>
      </ScrollBox>
    </section>
  );
}
