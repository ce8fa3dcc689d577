import type { RandomStream } from '#protocol';

/**
 * A random matrix [rows, columns] with orthonormal rows (Saxe et al. 2014), row after row: standard
 * normal rows, each made orthogonal to those before it (modified Gram-Schmidt) and of length 1.
 *
 * @throws RangeError for more rows than columns
 */
export function orthogonalRows(rows: number, columns: number, stream: RandomStream): Float64Array {
  if (rows > columns) throw new RangeError(`${rows} rows of ${columns} cannot be orthonormal`);
  const matrix = Float64Array.from({ length: rows * columns }, () => stream.normal());
  const rowAt = (row: number) => matrix.subarray(row * columns, (row + 1) * columns);
  for (let row = 0; row < rows; row++) {
    const own = rowAt(row);
    for (let other = 0; other < row; other++) {
      const before = rowAt(other);
      const along = dot(own, before);
      for (let i = 0; i < columns; i++) own[i] = (own[i] ?? 0) - along * (before[i] ?? 0);
    }
    const length = Math.sqrt(dot(own, own));
    for (let i = 0; i < columns; i++) own[i] = (own[i] ?? 0) / length;
  }
  return matrix;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
