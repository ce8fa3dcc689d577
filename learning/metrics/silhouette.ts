import { type Points, squaredDistance } from '../kmeans/points.js';

/**
 * The mean silhouette of clustered points (Rousseeuw 1987): (b - a) / max(a, b), with a the mean distance
 * to the others of a point's cluster and b the least mean distance to another cluster; 0 for a point
 * that is alone.
 *
 * @param labels cluster of every point
 * @returns undefined for less than two clusters, or a cluster for every point
 */
export function silhouette(points: Points, labels: Uint32Array, clusters: number): number | undefined {
  const { count, size, values } = points;
  const sizes = new Float64Array(clusters);
  for (const label of labels) sizes[label] = (sizes[label] ?? 0) + 1;
  const occupied = sizes.filter((members) => members > 0).length;
  if (occupied < 2 || occupied >= count) return undefined;
  const sums = new Float64Array(count * clusters);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const distance = Math.sqrt(squaredDistance(values, i, values, j, size));
      const ofI = i * clusters + (labels[j] ?? 0);
      const ofJ = j * clusters + (labels[i] ?? 0);
      sums[ofI] = (sums[ofI] ?? 0) + distance;
      sums[ofJ] = (sums[ofJ] ?? 0) + distance;
    }
  }
  let total = 0;
  for (let i = 0; i < count; i++) {
    const own = labels[i] ?? 0;
    const members = sizes[own] ?? 0;
    if (members < 2) continue;
    const inside = (sums[i * clusters + own] ?? 0) / (members - 1);
    let outside = Number.POSITIVE_INFINITY;
    for (let cluster = 0; cluster < clusters; cluster++) {
      const others = sizes[cluster] ?? 0;
      if (cluster !== own && others > 0)
        outside = Math.min(outside, (sums[i * clusters + cluster] ?? 0) / others);
    }
    const larger = Math.max(inside, outside);
    if (larger > 0) total += (outside - inside) / larger;
  }
  return total / count;
}
