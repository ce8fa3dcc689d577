import { type CountMatrix, sizeOf } from './deal.js';

const maxDraws = 10;

/**
 * Repeats a random draw of counts until every client has at least `minSamples`, ten times at most, as
 * Flower's DirichletPartitioner and NIID-Bench do. If clients are still short then, single samples of
 * the largest share's largest class make up for it: the sum of every class stays what it was.
 *
 * @param draw a new count matrix each time; it is changed in place
 * @param minSamples times the number of clients must not exceed the samples that are drawn
 */
export function drawWithMinimum(draw: () => CountMatrix, minSamples: number): CountMatrix {
  let counts = draw();
  for (let n = 1; n < maxDraws && counts.some((row) => sizeOf(row) < minSamples); n++) counts = draw();
  const sizes = Uint32Array.from(counts, sizeOf);
  for (const [client, row] of counts.entries()) {
    while ((sizes[client] ?? 0) < minSamples) moveOne(counts, sizes, client, row);
  }
  return counts;
}

function moveOne(counts: CountMatrix, sizes: Uint32Array, client: number, row: Uint32Array): void {
  const donor = indexOfLargest(sizes);
  const donated = counts[donor];
  if (donated === undefined) return;
  const label = indexOfLargest(donated);
  donated[label] = (donated[label] ?? 0) - 1;
  row[label] = (row[label] ?? 0) + 1;
  sizes[donor] = (sizes[donor] ?? 0) - 1;
  sizes[client] = (sizes[client] ?? 0) + 1;
}

function indexOfLargest(values: Uint32Array): number {
  let largest = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[largest] ?? 0)) largest = i;
  return largest;
}
