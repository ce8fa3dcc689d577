import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface Series {
  readonly label: string;
  /** Name of a CSS variable with the colour. */
  readonly color: string;
  /** A value a point of x; null leaves a gap. */
  readonly values: readonly (number | null)[];
  readonly dash?: readonly number[];
}

export interface Axis {
  /** Lower and upper end, from those of the data. */
  readonly range: (low: number, high: number) => [low: number, high: number];
  /** Only asked for when there are data. @param step the distance between two ticks */
  readonly format: (value: number, step: number) => string;
  /** Distances between ticks to choose from. */
  readonly steps: readonly number[];
}

/**
 * 1, 2 and 5 times the powers of ten from 10^from to 10^to. Without the plot's own 2.5, a tick has
 * no more decimals than its step has.
 */
export const decimalSteps = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => [1, 2, 5].map((n) => Number(`${n}e${from + i}`))).flat();

/** Decimals that tell ticks at such a step apart. @param step one of `decimalSteps` */
export const decimalsOf = (step: number): number => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

interface ChartProps {
  readonly label: string;
  readonly x: readonly number[];
  readonly xAxis: Axis;
  readonly yAxis: Axis;
  readonly series: readonly Series[];
  /** Whether each point is marked; for few of them. */
  readonly hasMarks: boolean;
  /** Gets the index of the point under the pointer, undefined when there is none. */
  readonly onPoint: (index: number | undefined) => void;
}

/** Lines over a common x. The plot is made once a colour scheme, and then only given new data. */
export function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  // The plot asks for ranges and formats whenever it draws: by then there may be newer ones.
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const size = () => ({ width: element.clientWidth, height: element.clientHeight });
    const create = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot({ ...size(), ...optionsOf(element, latest) }, dataOf(latest.current), element);
    };
    create();
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', create);
    const observer = new ResizeObserver(() => plot.current?.setSize(size()));
    observer.observe(element);
    return () => {
      scheme.removeEventListener('change', create);
      observer.disconnect();
      plot.current?.destroy();
    };
  }, []);

  const { x, series, label } = props;
  useEffect(() => plot.current?.setData(dataOf(latest.current)), [x, series]);

  return <div class="chart" ref={host} role="img" aria-label={label} />;
}

const dataOf = ({ x, series }: ChartProps): uPlot.AlignedData => [
  [...x],
  ...series.map(({ values }) => [...values]),
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
  return {
    legend: { show: false },
    padding: [8, 26, 0, 0],
    cursor: { drag: { x: false, y: false }, points: { size: 7 }, y: false },
    hooks: { setCursor: [({ cursor }) => latest.current.onPoint(cursor.idx ?? undefined)] },
    scales: { x: { time: false, range: range('xAxis') }, y: { range: range('yAxis') } },
    axes: [
      { ...axis('xAxis'), grid: { show: false }, size: 24, gap: 4 },
      { ...axis('yAxis'), grid: { stroke: color('--line'), width: 1 }, size: 56, gap: 6 },
    ],
    series: [
      {},
      ...latest.current.series.map(({ label, color: name, dash }) => ({
        label,
        stroke: color(name),
        width: 2,
        points: { show: () => latest.current.hasMarks, size: 6, fill: color(name) },
        ...(dash === undefined ? {} : { dash: [...dash] }),
      })),
    ],
  };
}
