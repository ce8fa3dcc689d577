import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { useColorScheme } from '../ui/use-color-scheme.js';
import type { Axis } from './axis.js';
import { isolatedPoints } from './last-known.js';

export interface Line {
  readonly label: string;
  /** Name of a CSS variable with the colour. */
  readonly color: string;
  /** A value a point of x; null and NaN leave a gap. */
  readonly values: ArrayLike<number | null>;
  readonly dash?: readonly number[];
  readonly width?: number;
}

/** The area between two lines. */
export interface Band {
  /** Indices of the upper and the lower line. */
  readonly between: readonly [upper: number, lower: number];
  readonly color: string;
}

interface ChartProps {
  readonly label: string;
  readonly x: ArrayLike<number>;
  readonly xAxis: Axis;
  readonly yAxis: Axis;
  readonly lines: readonly Line[];
  readonly bands?: readonly Band[];
  /** Whether each point is marked; for few of them. One between two gaps always is. */
  readonly hasMarks: boolean;
  /** Gets the index of the point under the pointer, undefined when there is none. */
  readonly onPoint: (index: number | undefined) => void;
  /** Gets what the user has brushed, in values of x; without it there is no brush. */
  readonly onBrush?: ((from: number, to: number) => void) | undefined;
}

/** Lines over a common x. The plot is made once for its lines and colour scheme, and then only given data. */
export function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  // The plot asks for ranges and formats whenever it draws: by then there may be newer ones.
  const latest = useRef(props);
  latest.current = props;
  const scheme = useColorScheme();
  const shape = props.lines.map(({ label, color, dash }) => `${label} ${color} ${dash}`).join('\n');

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const size = () => ({ width: element.clientWidth, height: element.clientHeight });
    plot.current = new uPlot({ ...size(), ...optionsOf(element, latest) }, dataOf(latest.current), element);
    const observer = new ResizeObserver(() => plot.current?.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape, scheme]);

  const { x, lines, label } = props;
  useEffect(() => plot.current?.setData(dataOf(latest.current)), [x, lines]);

  return <div class="chart" ref={host} role="img" aria-label={label} />;
}

const orGap = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) ? null : value;

const dataOf = ({ x, lines }: ChartProps): uPlot.AlignedData => [
  Array.from(x),
  ...lines.map(({ values }) => Array.from(values, orGap)),
];

function optionsOf(
  element: HTMLElement,
  latest: { readonly current: ChartProps },
): Omit<uPlot.Options, 'width' | 'height'> {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = (which: 'xAxis' | 'yAxis'): uPlot.Axis => {
    return {
      stroke: color('--muted'),
      font: `11px ${style.fontFamily}`,
      ticks: { show: false },
      values: (_, ticks, __, ___, step) =>
        latest.current.x.length === 0 ? [] : ticks.map((tick) => latest.current[which].format(tick, step)),
      incrs: [...latest.current[which].steps],
    };
  };
  const range =
    (which: 'xAxis' | 'yAxis') =>
    (_: uPlot, low: number | null, high: number | null): [number, number] =>
      latest.current[which].range(low ?? 0, high ?? 1);
  const { onBrush, bands = [], lines } = latest.current;
  return {
    legend: { show: false },
    padding: [8, 26, 0, 0],
    cursor: { drag: { x: onBrush !== undefined, y: false, setScale: false }, points: { size: 7 }, y: false },
    hooks: {
      setCursor: [({ cursor }) => latest.current.onPoint(cursor.idx ?? undefined)],
      setSelect: [
        (self) => {
          const { left, width } = self.select;
          if (width > 2) latest.current.onBrush?.(self.posToVal(left, 'x'), self.posToVal(left + width, 'x'));
        },
      ],
    },
    scales: { x: { time: false, range: range('xAxis') }, y: { range: range('yAxis') } },
    axes: [
      {
        ...axis('xAxis'),
        grid: { show: false },
        size: 28,
        gap: 8,
        space: latest.current.xAxis.tickSpace ?? 40,
      },
      { ...axis('yAxis'), grid: { stroke: color('--line'), width: 1 }, size: 62, gap: 6 },
    ],
    bands: bands.map(({ between: [upper, lower], color: name }) => ({
      series: [upper + 1, lower + 1],
      fill: color(name),
    })),
    series: [
      {},
      ...lines.map(({ label, color: name, dash, width = 2 }) => ({
        label,
        stroke: width === 0 ? 'transparent' : color(name),
        width,
        points: {
          show: () => latest.current.hasMarks && width > 0,
          filter: (self: uPlot, series: number, show: boolean) =>
            show || width === 0 ? null : isolatedPoints(self.data[series] ?? []),
          size: 6,
          fill: color(name),
        },
        ...(dash === undefined ? {} : { dash: [...dash] }),
      })),
    ],
  };
}
