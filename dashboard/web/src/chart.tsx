import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface Series {
  readonly label: string;
  /** Name of a CSS variable with the colour. */
  readonly color: string;
  readonly values: readonly number[];
}

interface ChartProps {
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** Whether x is a time in milliseconds since 1970; otherwise it is a round. */
  readonly isTime: boolean;
  readonly format: (value: number) => string;
  readonly height: number;
  readonly testId: string;
  /** Fixed lower and upper end of the scale, where it has one. */
  readonly range?: readonly [number, number];
}

/** A time series or a curve a round. The plot is made once and then only given new data. */
export function Chart({ x, series, isTime, format, height, testId, range }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const create = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(
        options(element, series, isTime, format, height, range),
        [[], ...series.map(() => [])],
        element,
      );
    };
    create();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', create);
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      dark.removeEventListener('change', create);
      observer.disconnect();
      plot.current?.destroy();
    };
  }, []);

  useEffect(() => {
    const scaled = isTime ? x.map((at) => at / 1000) : [...x];
    plot.current?.setData([scaled, ...series.map(({ values }) => [...values])]);
  }, [x, series, isTime]);

  return (
    <div
      class="chart"
      ref={host}
      data-testid={testId}
      data-points={x.length}
      style={{ height: `${height}px` }}
    />
  );
}

function options(
  element: HTMLElement,
  series: readonly Series[],
  isTime: boolean,
  format: (value: number) => string,
  height: number,
  range: readonly [number, number] | undefined,
): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim();
  const axis = { stroke: color('--muted'), font: '11px system-ui', ticks: { show: false } };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: isTime
        ? { time: true }
        : { time: false, range: (_, low, high) => [Math.min(low, 1), Math.max(high, 2)] },
      y: range ? { range: [...range] } : { range: (_, __, high) => [0, high > 0 ? high * 1.1 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        ...(isTime ? {} : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] }),
      },
      {
        ...axis,
        grid: { stroke: color('--line'), width: 1 },
        size: 58,
        values: (_, ticks) => ticks.map(format),
      },
    ],
    series: [
      {},
      ...series.map(({ label, color: name }) => ({
        label,
        stroke: color(name),
        width: 2,
        points: { show: !isTime, size: 5, fill: color(name) },
      })),
    ],
  };
}
