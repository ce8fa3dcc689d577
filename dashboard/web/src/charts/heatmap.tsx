import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useColorScheme } from '../ui/use-color-scheme.js';
import { useWidth } from '../ui/use-width.js';
import { type ColoredKind, ColorLegend, type Legend, scaleLegend } from './color-legend.js';
import { scaleColor } from './color-scale.js';
import { heatmapSvg } from './heatmap-svg.js';
import { matrixGrid } from './matrix-grid.js';
import { cssColor, plotSavings } from './save.js';
import { SaveMenu } from './save-menu.js';

/** What the cells hold: amounts, coloured by their share of the largest, or kinds by their number. */
export type CellValues =
  | { readonly kind: 'amounts'; readonly format: (value: number) => string }
  | { readonly kind: 'kinds'; readonly kinds: readonly ColoredKind[] };

interface HeatmapProps {
  readonly title: string;
  readonly testId: string;
  readonly rowName: (row: number) => string;
  readonly columnName: (column: number) => string;
  /** Rows of one length. NaN is nothing. */
  readonly values: readonly (readonly number[])[];
  readonly meaning: CellValues;
  readonly onSelect: (row: number) => void;
  readonly emptyText: string;
}

const maxHeight = 480;
const left = 60;
const top = 20;

/** A matrix as colours, drawn on a canvas: it may have ten thousand cells and more. */
export function Heatmap(props: HeatmapProps) {
  const { title, testId, rowName, columnName, values, meaning, onSelect, emptyText } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [host, width] = useWidth<HTMLDivElement>();
  const [pointed, point] = useState<readonly [row: number, column: number]>();
  const columns = values[0]?.length ?? 0;
  const { format, colorOf, legend } = useMemo(() => lookOf(meaning, values), [meaning, values]);
  const scheme = useColorScheme();
  const cellHeight = Math.max(2, Math.min(22, (maxHeight - top) / Math.max(1, values.length)));
  const height = Math.ceil(top + cellHeight * values.length);
  const { cellWidth, gapX, gapY, everyRow, everyColumn } = matrixGrid(columns, width - left, cellHeight);

  useEffect(() => {
    const pen = canvas.current?.getContext('2d');
    if (canvas.current === null || !pen) return;
    const density = window.devicePixelRatio;
    canvas.current.width = Math.round(width * density);
    canvas.current.height = Math.round(height * density);
    pen.scale(density, density);
    const style = getComputedStyle(canvas.current);
    pen.fillStyle = style.getPropertyValue('--panel');
    pen.fillRect(0, 0, width, height);
    values.forEach((row, r) => {
      row.forEach((value, c) => {
        if (Number.isNaN(value)) return;
        pen.fillStyle = colorOf(value);
        pen.fillRect(left + c * cellWidth, top + r * cellHeight, cellWidth - gapX, cellHeight - gapY);
      });
    });
    pen.fillStyle = style.getPropertyValue('--muted');
    pen.font = `11px ${style.fontFamily}`;
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    for (let r = 0; r < values.length; r += everyRow)
      pen.fillText(rowName(r), left - 6, top + (r + 0.5) * cellHeight);
    pen.textAlign = 'center';
    for (let c = 0; c < columns; c += everyColumn)
      pen.fillText(columnName(c), left + (c + 0.5) * cellWidth, top / 2);
  }, [values, meaning, width, height, scheme]);

  const cellAt = (event: MouseEvent): readonly [number, number] | undefined => {
    const area = canvas.current?.getBoundingClientRect();
    if (area === undefined) return undefined;
    const column = Math.floor((event.clientX - area.left - left) / cellWidth);
    const row = Math.floor((event.clientY - area.top - top) / cellHeight);
    return values[row]?.[column] === undefined ? undefined : [row, column];
  };
  const savings = plotSavings(
    title,
    () => heatmapSvg({ title, rowName, columnName, values, fillOf: colorOf, legend }, cssColor),
    () => [
      ['', ...Array.from({ length: columns }, (_, c) => columnName(c))],
      values.map((row, r) => [rowName(r), ...row]),
    ],
  );
  const value = pointed && values[pointed[0]]?.[pointed[1]];
  return (
    <section class="panel" aria-label={title} data-testid={testId} data-points={values.length * columns}>
      <h2>
        {title}
        <span class="reading">
          {pointed !== undefined && value !== undefined && (
            <>
              {rowName(pointed[0])}, {columnName(pointed[1])}: <b>{format(value)}</b>
            </>
          )}
          <SaveMenu title={title} savings={savings} />
        </span>
      </h2>
      {values.length > 0 && <ColorLegend legend={legend} />}
      <div class="heatmap" ref={host}>
        {values.length === 0 ? (
          <p class="empty tall">{emptyText}</p>
        ) : (
          <canvas
            ref={canvas}
            style={{ width: `${width}px`, height: `${height}px` }}
            role="img"
            aria-label={`${title}: ${values.length} rows, ${columns} columns; save it as CSV to read the numbers`}
            onPointerMove={(event) => point(cellAt(event))}
            onPointerLeave={() => point(undefined)}
            onClick={(event) => {
              const cell = cellAt(event);
              if (cell !== undefined) onSelect(cell[0]);
            }}
          />
        )}
      </div>
    </section>
  );
}

interface CellLook {
  readonly format: (value: number) => string;
  readonly colorOf: (value: number) => string;
  readonly legend: Legend;
}

function lookOf(meaning: CellValues, values: HeatmapProps['values']): CellLook {
  if (meaning.kind === 'kinds') {
    const { kinds } = meaning;
    return {
      format: (value) => kinds[value]?.label ?? '',
      colorOf: (value) => cssColor(kinds[value]?.color ?? '--muted'),
      legend: meaning,
    };
  }
  const { format } = meaning;
  const most = values.reduce((high, row) => row.reduce((a, b) => (b > a ? b : a), high), 0);
  return {
    format,
    colorOf: (value) => scaleColor(most > 0 ? value / most : 0),
    legend: scaleLegend(0, most, format),
  };
}
