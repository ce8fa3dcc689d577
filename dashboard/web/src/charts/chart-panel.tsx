import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Axis } from './axis.js';
import { type Band, Chart, type Line } from './chart.js';
import { chartSvg } from './chart-svg.js';
import { cssColor, plotSavings } from './save.js';
import { SaveMenu } from './save-menu.js';

interface ChartPanelProps {
  readonly title: string;
  readonly testId: string;
  readonly x: ArrayLike<number>;
  readonly xName: string;
  readonly xAxis: Axis;
  readonly yAxis: Axis;
  readonly lines: readonly Line[];
  readonly bands?: readonly Band[];
  /** Shown at the title's right; gets the index of the pointed point, by default the last. */
  readonly reading: (index: number) => ComponentChildren;
  /** The latest value, for those who do not see the plot. */
  readonly spoken: string;
  readonly emptyText: string;
  readonly onBrush?: (from: number, to: number) => void;
  readonly controls?: ComponentChildren;
}

/** A chart with its title, reading and menu to save it. */
export function ChartPanel(props: ChartPanelProps) {
  const { title, testId, x, xName, lines, reading, spoken, emptyText, controls } = props;
  const [pointed, point] = useState<number>();
  const shown = pointed === undefined || pointed >= x.length ? x.length - 1 : pointed;
  const savings = plotSavings(
    title,
    () => chartSvg(props, cssColor),
    () => [
      [xName, ...lines.map(({ label }) => label)],
      Array.from(x, (at, i) => [at, ...lines.map(({ values }) => values[i])]),
    ],
  );
  return (
    <section class="panel" aria-label={title} data-testid={testId} data-points={x.length}>
      <h2>
        {title}
        <span class="reading">
          {controls}
          {shown >= 0 && reading(shown)}
          <SaveMenu title={title} savings={savings} />
        </span>
      </h2>
      <div class="plot">
        <Chart
          label={`${title}; latest: ${spoken}`}
          x={x}
          xAxis={props.xAxis}
          yAxis={props.yAxis}
          lines={lines}
          {...(props.bands === undefined ? {} : { bands: props.bands })}
          hasMarks={x.length <= 60 && props.bands === undefined}
          onPoint={point}
          onBrush={props.onBrush}
        />
        {x.length === 0 && <p class="plot-empty">{emptyText}</p>}
      </div>
    </section>
  );
}
