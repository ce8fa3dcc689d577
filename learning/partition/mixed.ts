import type { RandomStream } from '#protocol';
import { type CountMatrix, zeroCounts } from './deal.js';

/**
 * Label skew at given sizes: client i has a label mix p_i ~ Dirichlet(alpha, …, alpha) over the classes
 * and draws its n_i samples from it one by one, the clients in turn, without replacement. A class that
 * runs out drops out of every mix; a mix of which nothing is left draws from what there is, in
 * proportion. (Acar et al. 2021, "Federated Learning Based on Dynamic Regularization"; Flower's
 * `InnerDirichletPartitioner`. Hsu, Qi & Brown 2019 is the case of equal sizes.)
 *
 * @param classSizes samples of each class
 * @param sizes samples of each client; not more than there are in all
 */
export function innerDirichletCounts(
  classSizes: Uint32Array,
  sizes: Uint32Array,
  alpha: number,
  stream: RandomStream,
): CountMatrix {
  const left = classSizes.slice();
  const counts = zeroCounts(sizes.length, classSizes.length);
  const mixes = Array.from(sizes, () => stream.dirichlet(alpha, classSizes.length));
  const open = new Set(counts.keys());
  for (let turn = 0; open.size > 0; turn++) {
    for (const client of open) {
      if (turn >= (sizes[client] ?? 0)) {
        open.delete(client);
        continue;
      }
      const label = drawLabel(mixes[client], left, stream);
      left[label] = (left[label] ?? 0) - 1;
      const row = counts[client];
      if (row !== undefined) row[label] = (row[label] ?? 0) + 1;
    }
  }
  return counts;
}

/** A class that has samples left, by the client's mix where that has one. */
function drawLabel(mix: Float64Array | undefined, left: Uint32Array, stream: RandomStream): number {
  const point = stream.float();
  const byMix = drawByWeight(point, left, (label) => mix?.[label] ?? 0);
  return byMix ?? drawByWeight(point, left, (label) => left[label] ?? 0) ?? 0;
}

function drawByWeight(
  point: number,
  left: Uint32Array,
  weightOf: (label: number) => number,
): number | undefined {
  let total = 0;
  for (let label = 0; label < left.length; label++) if ((left[label] ?? 0) > 0) total += weightOf(label);
  if (!(total > 0)) return undefined;
  let rest = point * total;
  let chosen: number | undefined;
  for (let label = 0; label < left.length; label++) {
    const weight = (left[label] ?? 0) > 0 ? weightOf(label) : 0;
    if (weight === 0) continue;
    chosen = label;
    rest -= weight;
    if (rest < 0) break;
  }
  return chosen;
}
