import { useMemo, useState } from 'preact/hooks';
import { fittedAxis, timeAxis, unitAxis } from '../../charts/axis.js';
import { ChartPanel } from '../../charts/chart-panel.js';
import type { QueryResult, Value } from '../../state/use-query.js';
import { Choice } from '../../ui/choice.js';
import { formatTime, formatValue, unitOfColumn } from '../../ui/format.js';

const numbers = new Set(['int2', 'int4', 'int8', 'float4', 'float8', 'numeric']);

/** One column of a result against another. */
export function ResultChart({ result }: { readonly result: QueryResult }) {
  const numeric = result.columns.filter(({ type }) => numbers.has(type)).map(({ name }) => name);
  const across = result.columns
    .filter(({ type }) => numbers.has(type) || type.startsWith('timestamp'))
    .map(({ name }) => name);
  const [chosenX, setX] = useState<string>();
  const [chosenY, setY] = useState<string>();
  const x = chosenX !== undefined && across.includes(chosenX) ? chosenX : firstOf(across);
  const y =
    chosenY !== undefined && numeric.includes(chosenY)
      ? chosenY
      : (firstOf(numeric.filter((name) => name !== x && name !== 'round')) ??
        numeric.find((name) => name !== x) ??
        numeric[0]);
  const isTime = result.columns.find(({ name }) => name === x)?.type.startsWith('timestamp') ?? false;
  const points = useMemo(() => pointsOf(result, x, y), [result, x, y]);
  const xs = useMemo(() => points.map(([at]) => at), [points]);
  const lines = useMemo(
    () => [{ label: y ?? '', color: '--accent', values: points.map(([, value]) => value) }],
    [points, y],
  );
  if (x === undefined || y === undefined) return null;
  const unit = unitOfColumn(y);
  const textOf = (index: number): string => formatValue(points[index]?.[1], unit);
  return (
    <ChartPanel
      title={`${y} by ${x}`}
      testId="result-chart"
      x={xs}
      xName={x}
      xAxis={isTime ? timeAxis : fittedAxis}
      yAxis={unitAxis(unit)}
      lines={lines}
      controls={
        <>
          <Choice label="Across" value={x} options={across.map((name) => [name, name])} onChange={setX} />
          <Choice label="Up" value={y} options={numeric.map((name) => [name, name])} onChange={setY} />
        </>
      }
      reading={(index) => (
        <>
          <b>{textOf(index)}</b> at{' '}
          {isTime ? formatTime((xs[index] ?? 0) * 1000) : formatValue(xs[index], '')}
        </>
      )}
      spoken={textOf(points.length - 1)}
      emptyText="No row has both numbers."
    />
  );
}

/** What tells rows apart, rather than measures anything. */
const keys = new Set(['client_id', 'seq', 'boot', 'attempt']);

/** The first column that says something, or else the first. */
const firstOf = (names: readonly string[]): string | undefined =>
  names.find((name) => !keys.has(name)) ?? names[0];

function pointsOf(result: QueryResult, x: string | undefined, y: string | undefined): [number, number][] {
  const [xi, yi] = [x, y].map((wanted) => result.columns.findIndex(({ name }) => name === wanted));
  if (xi === undefined || yi === undefined || xi < 0 || yi < 0) return [];
  return result.rows
    .map((row): [number, number] => [numberOf(row[xi]), numberOf(row[yi])])
    .filter(([at, value]) => !Number.isNaN(at) && !Number.isNaN(value))
    .sort(([a], [b]) => a - b);
}

/** A time as seconds since 1970. */
function numberOf(value: Value | undefined): number {
  if (typeof value === 'string' && /^\d{4}-/.test(value)) return Date.parse(value) / 1000;
  return value === null || value === undefined ? Number.NaN : Number(value);
}
