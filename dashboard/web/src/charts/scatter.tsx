import { useRef, useState } from 'preact/hooks';
import { useWidth } from '../ui/use-width.js';
import type { Axis } from './axis.js';
import { plotSavings } from './save.js';
import { SaveMenu } from './save-menu.js';
import { standaloneSvg } from './standalone-svg.js';

export interface Mark {
  readonly id: number;
  readonly label: string;
  readonly x: number;
  readonly y: number;
}

interface ScatterProps {
  readonly title: string;
  readonly testId: string;
  readonly marks: readonly Mark[];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xAxis: Axis;
  readonly yAxis: Axis;
  /** Marks that stand out. */
  readonly selected: readonly number[];
  /** Marks in the order that a line joins them, such as a Pareto front. */
  readonly front?: readonly Mark[];
  readonly onSelect: (ids: readonly number[]) => void;
  readonly emptyText: string;
}

const height = 400;
const margin = { left: 72, top: 12, right: 14, bottom: 48 };
/** Pixels that a tick's text needs across, and up. */
const tickSpace = [90, 56] as const;

/** A mark a row in the plane of two numbers. Drag a box to select, or click one. */
export function Scatter(props: ScatterProps) {
  const {
    title,
    testId,
    marks,
    xLabel,
    yLabel,
    xAxis,
    yAxis,
    selected,
    front = [],
    onSelect,
    emptyText,
  } = props;
  const [host, width] = useWidth<HTMLDivElement>();
  const box = {
    left: margin.left,
    top: margin.top,
    right: width - margin.right,
    bottom: height - margin.bottom,
  };
  const picture = useRef<SVGSVGElement>(null);
  const [pointed, point] = useState<Mark>();
  const [drag, setDrag] = useState<{ x: number; y: number; toX: number; toY: number }>();
  const xs = scaleOf(
    marks.map(({ x }) => x),
    xAxis,
    box.left,
    box.right,
    tickSpace[0],
  );
  const ys = scaleOf(
    marks.map(({ y }) => y),
    yAxis,
    box.bottom,
    box.top,
    tickSpace[1],
  );
  const chosen = new Set(selected);
  const savings = plotSavings(
    title,
    () => standaloneSvg(picture.current),
    () => [
      ['label', xLabel, yLabel, 'on_front'],
      marks.map((mark) => [mark.label, mark.x, mark.y, front.includes(mark)]),
    ],
  );
  /** Where the pointer is in the plot. */
  const placeOf = (event: PointerEvent): { x: number; y: number } => {
    const toScreen = picture.current?.getScreenCTM();
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(toScreen?.inverse());
    return { x: place.x, y: place.y };
  };
  const finish = (): void => {
    if (drag === undefined) return;
    const [left, right] = [Math.min(drag.x, drag.toX), Math.max(drag.x, drag.toX)];
    const [top, bottom] = [Math.min(drag.y, drag.toY), Math.max(drag.y, drag.toY)];
    setDrag(undefined);
    if (right - left < 4 && bottom - top < 4) return;
    onSelect(
      marks
        .filter((mark) => {
          const [x, y] = [xs.at(mark.x), ys.at(mark.y)];
          return x >= left && x <= right && y >= top && y <= bottom;
        })
        .map(({ id }) => id),
    );
  };
  return (
    <section class="panel" aria-label={title} data-testid={testId} data-points={marks.length}>
      <h2>
        {title}
        <span class="reading">
          {pointed === undefined
            ? `${marks.length} marks${front.length > 0 ? `, ${front.length} on the Pareto front` : ''}`
            : `${pointed.label}: ${xLabel} ${xAxis.format(pointed.x, xs.step / 100)}, ${yLabel} ${yAxis.format(pointed.y, ys.step / 100)}`}
          <SaveMenu title={title} savings={savings} />
        </span>
      </h2>
      <div ref={host}>
        {marks.length === 0 ? (
          <p class="empty tall">{emptyText}</p>
        ) : (
          <svg
            class="scatter"
            ref={picture}
            viewBox={`0 0 ${width} ${height}`}
            role="img"
            aria-label={`${title}: ${yLabel} against ${xLabel}, ${marks.length} marks`}
            onPointerDown={(event) => {
              const { x, y } = placeOf(event);
              setDrag({ x, y, toX: x, toY: y });
            }}
            onPointerMove={(event) => {
              const { x, y } = placeOf(event);
              if (drag !== undefined) setDrag({ ...drag, toX: x, toY: y });
            }}
            onPointerUp={finish}
          >
            {ys.ticks.map((tick) => (
              <g key={tick}>
                <path class="grid-line" d={`M${box.left} ${ys.at(tick)}H${box.right}`} />
                <text x={box.left - 8} y={ys.at(tick) + 4} text-anchor="end">
                  {yAxis.format(tick, ys.step)}
                </text>
              </g>
            ))}
            {xs.ticks.map((tick) => (
              <text key={tick} x={xs.at(tick)} y={box.bottom + 18} text-anchor="middle">
                {xAxis.format(tick, xs.step)}
              </text>
            ))}
            <text x={(box.left + box.right) / 2} y={height - 10} text-anchor="middle">
              {xLabel}
            </text>
            <text transform={`translate(12 ${(box.top + box.bottom) / 2}) rotate(-90)`} text-anchor="middle">
              {yLabel}
            </text>
            {front.length > 0 && (
              <path
                class="front"
                d={front.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${xs.at(x)} ${ys.at(y)}`).join('')}
              />
            )}
            {marks.map((mark) => (
              // biome-ignore lint/a11y/noStaticElementInteractions: the same is selected by a box, and in the fleet's table by keyboard
              <circle
                key={mark.id}
                class={chosen.has(mark.id) ? 'mark chosen' : front.includes(mark) ? 'mark on-front' : 'mark'}
                cx={xs.at(mark.x)}
                cy={ys.at(mark.y)}
                r={chosen.has(mark.id) ? 6 : 4}
                onPointerEnter={() => point(mark)}
                onPointerLeave={() => point(undefined)}
                onClick={() => onSelect([mark.id])}
              />
            ))}
            {drag !== undefined && (
              <rect
                class="brush"
                x={Math.min(drag.x, drag.toX)}
                y={Math.min(drag.y, drag.toY)}
                width={Math.abs(drag.toX - drag.x)}
                height={Math.abs(drag.toY - drag.y)}
              />
            )}
          </svg>
        )}
      </div>
    </section>
  );
}

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
  readonly step: number;
}

/** @param from, to the axis on the screen, in pixels @param space what a tick needs of it */
function scaleOf(values: readonly number[], axis: Axis, from: number, to: number, space: number): Scale {
  const maxTicks = Math.max(2, Math.floor(Math.abs(to - from) / space));
  const [low, high] = axis.range(
    values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  );
  const step = axis.steps.find((one) => (high - low) / one <= maxTicks) ?? (high - low) / maxTicks;
  const ticks: number[] = [];
  if (Number.isFinite(step) && step > 0) {
    for (let at = Math.ceil(low / step) * step; at <= high; at += step) ticks.push(at);
  }
  return { at: (value) => from + ((value - low) / (high - low)) * (to - from), ticks, step };
}
