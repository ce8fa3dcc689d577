/** How the cells and names of a matrix lie, in pixels. */
interface MatrixGrid {
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Between two cells; none where they are small. */
  readonly gapX: number;
  readonly gapY: number;
  /** Every so many-th row and column has room for its name. */
  readonly everyRow: number;
  readonly everyColumn: number;
}

/** @param width what there is for all columns */
export function matrixGrid(columns: number, width: number, cellHeight: number): MatrixGrid {
  const cellWidth = width / Math.max(1, columns);
  return {
    cellWidth,
    cellHeight,
    gapX: cellWidth > 6 ? 1 : 0,
    gapY: cellHeight > 6 ? 1 : 0,
    everyRow: Math.ceil(14 / cellHeight),
    everyColumn: Math.ceil(28 / cellWidth),
  };
}
