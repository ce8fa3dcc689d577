import type { Legend } from './color-legend.js';
import { legendHeight, legendSvg } from './legend-svg.js';
import { matrixGrid } from './matrix-grid.js';
import { escapeXml, svgDocument } from './svg-document.js';

interface HeatmapPicture {
  readonly title: string;
  readonly rowName: (row: number) => string;
  readonly columnName: (column: number) => string;
  /** Rows of one length. NaN is nothing. */
  readonly values: readonly (readonly number[])[];
  readonly fillOf: (value: number) => string;
  readonly legend: Legend;
}

const width = 960;
const left = 76;
const top = 64;

/**
 * A matrix as a self-contained SVG.
 * @param colorOf the value of a CSS variable
 */
export function heatmapSvg(
  { title, rowName, columnName, values, fillOf, legend }: HeatmapPicture,
  colorOf: (variable: string) => string,
): string {
  const columns = values[0]?.length ?? 0;
  // The names of a few hundred rows can still be read when it is enlarged.
  const cellHeight = values.length > 400 ? 4 : values.length > 100 ? 8 : 16;
  const { cellWidth, gapX, gapY, everyRow, everyColumn } = matrixGrid(columns, width - left - 20, cellHeight);
  const cells = values.flatMap((row, r) =>
    row.map((value, c) =>
      Number.isNaN(value)
        ? ''
        : `<rect x="${round(left + c * cellWidth)}" y="${top + r * cellHeight}" width="${round(cellWidth - gapX)}" ` +
          `height="${cellHeight - gapY}" fill="${fillOf(value)}"/>`,
    ),
  );
  const rowNames = values.map((_, r) =>
    r % everyRow === 0
      ? `<text x="${left - 6}" y="${top + (r + 0.5) * cellHeight + 4}" text-anchor="end">${escapeXml(rowName(r))}</text>`
      : '',
  );
  const columnNames = Array.from({ length: columns }, (_, c) =>
    c % everyColumn === 0
      ? `<text x="${round(left + (c + 0.5) * cellWidth)}" y="${top - 6}" text-anchor="middle">${escapeXml(columnName(c))}</text>`
      : '',
  );
  const bottom = top + values.length * cellHeight + 12;
  const body = [...columnNames, ...rowNames, ...cells, legendSvg(legend, left, bottom, colorOf)].join('');
  return svgDocument({ width, height: bottom + legendHeight, title, body }, colorOf);
}

const round = (value: number): number => Math.round(value * 10) / 10;
