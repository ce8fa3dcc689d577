import type { RandomStream } from '#protocol';
import { type CountMatrix, zeroCounts } from './deal.js';

/**
 * Label skew: for each class k the proportions over the N clients are q_k ~ Dirichlet(alpha, …, alpha);
 * client i gets the samples of class k between the rounded cuts n_k Σ_{j<i} q_kj and n_k Σ_{j≤i} q_kj.
 * No sample is lost. (Yurochkin et al. 2019, "Bayesian Nonparametric Federated Learning of Neural
 * Networks", section 4; Hsu, Qi & Brown 2019 draw per client instead, see `mixed`.)
 *
 * @param classSizes samples of each class
 * @param alpha concentration: towards 0 each class lies at one client, towards infinity all are alike
 */
export function dirichletCounts(
  classSizes: Uint32Array,
  clients: number,
  alpha: number,
  stream: RandomStream,
): CountMatrix {
  const counts = zeroCounts(clients, classSizes.length);
  for (const [label, size] of classSizes.entries()) {
    const proportions = stream.dirichlet(alpha, clients);
    let cumulative = 0;
    let start = 0;
    for (const [client, row] of counts.entries()) {
      cumulative += proportions[client] ?? 0;
      // The last cut is the class's end whatever the rounding of the sum, so that nothing is lost.
      const end = client === clients - 1 ? size : Math.round(Math.min(1, cumulative) * size);
      row[label] = end - start;
      start = end;
    }
  }
  return counts;
}
