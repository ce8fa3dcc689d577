import type { Axis } from './axis.js';
import type { Band, Line } from './chart.js';
import { escapeXml, svgDocument } from './svg-document.js';

/** What is needed to draw a chart again, away from the page. */
export interface ChartPicture {
  readonly title: string;
  readonly x: ArrayLike<number>;
  readonly xAxis: Axis;
  readonly yAxis: Axis;
  readonly lines: readonly Line[];
  readonly bands?: readonly Band[] | undefined;
}

const [width, height] = [840, 420];
const box = { left: 76, top: 40, right: 820, bottom: 380 };

/**
 * A chart as a self-contained SVG.
 * @param colorOf the value of a CSS variable
 */
export function chartSvg(picture: ChartPicture, colorOf: (variable: string) => string): string {
  const { x, xAxis, yAxis, lines, bands = [] } = picture;
  const xs = Array.from(x);
  const ys = lines.flatMap(({ values }) =>
    Array.from(values).filter((v): v is number => v !== null && Number.isFinite(v)),
  );
  const [x0, x1] = xAxis.range(least(xs, 0), largest(xs, 1));
  const [y0, y1] = yAxis.range(least(ys, 0), largest(ys, 1));
  const px = (value: number): number => round(box.left + ((value - x0) / (x1 - x0)) * (box.right - box.left));
  const py = (value: number): number =>
    round(box.bottom - ((value - y0) / (y1 - y0)) * (box.bottom - box.top));
  const line = colorOf('--line');
  const points = ({ values }: Line): [number, number][] =>
    xs.flatMap((at, i) => {
      const value = values[i];
      return value === null || value === undefined || !Number.isFinite(value) ? [] : [[px(at), py(value)]];
    });
  const pathOf = (all: readonly (readonly [number, number])[]): string =>
    all.map(([a, b], i) => `${i === 0 ? 'M' : 'L'}${a} ${b}`).join('');
  const areas = bands.map(({ between: [upper, lower], color }) => {
    const [top, bottom] = [lines[upper], lines[lower]];
    if (top === undefined || bottom === undefined) return '';
    const outline = pathOf([...points(top), ...points(bottom).reverse()]);
    return `<path d="${outline}Z" fill="${colorOf(color)}"/>`;
  });
  const drawn = lines
    .filter((one) => one.width !== 0)
    .map(
      (one) =>
        `<path d="${pathOf(points(one))}" fill="none" stroke="${colorOf(one.color)}" stroke-width="2"` +
        `${one.dash === undefined ? '' : ` stroke-dasharray="${one.dash.join(' ')}"`}><title>${escapeXml(one.label)}</title></path>`,
    );
  // A path of one point draws nothing.
  const alone = lines
    .filter((one) => one.width !== 0 && points(one).length === 1)
    .flatMap((one) =>
      points(one).map(([a, b]) => `<circle cx="${a}" cy="${b}" r="3" fill="${colorOf(one.color)}"/>`),
    );
  const xTicks = ticksOf(x0, x1, xAxis.steps, 8).map(
    ({ at, step }) =>
      `<text x="${px(at)}" y="${box.bottom + 18}" text-anchor="middle">${escapeXml(xAxis.format(at, step))}</text>`,
  );
  const yTicks = ticksOf(y0, y1, yAxis.steps, 6).map(
    ({ at, step }) =>
      `<path d="M${box.left} ${py(at)}H${box.right}" stroke="${line}"/>` +
      `<text x="${box.left - 8}" y="${py(at) + 4}" text-anchor="end">${escapeXml(yAxis.format(at, step))}</text>`,
  );
  const keys = lines
    .filter((one) => one.width !== 0)
    .map(
      (one, i) =>
        `<tspan fill="${colorOf(one.color)}" dx="${i === 0 ? 0 : 12}">${escapeXml(one.label)}</tspan>`,
    );
  const body = [...yTicks, ...areas, ...drawn, ...alone, ...xTicks].join('');
  return svgDocument({ width, height, title: picture.title, keys: keys.join(''), body }, colorOf);
}

const round = (value: number): number => Math.round(value * 10) / 10;
const least = (values: readonly number[], none: number): number =>
  values.reduce((low, value) => Math.min(low, value), values[0] ?? none);
const largest = (values: readonly number[], none: number): number =>
  values.reduce((high, value) => Math.max(high, value), values[0] ?? none);

function ticksOf(
  low: number,
  high: number,
  steps: readonly number[],
  count: number,
): { at: number; step: number }[] {
  const step = steps.find((one) => (high - low) / one <= count) ?? (high - low) / count;
  const ticks = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) ticks.push({ at, step });
  return ticks;
}
