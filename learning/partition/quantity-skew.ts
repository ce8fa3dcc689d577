import type { RandomStream } from '#protocol';

/**
 * Quantity skew: p ~ Dirichlet(alpha, …, alpha) over the N clients, client i gets ⌊p_i n⌋ samples, and
 * what rounding leaves over goes to the first clients, one each. (NIID-Bench: Li et al. 2022,
 * "Federated Learning on Non-IID Data Silos", section IV-C; rounding as in MDG.)
 *
 * @returns one size a client; they sum to `total`
 */
export function dirichletSizes(
  total: number,
  clients: number,
  alpha: number,
  stream: RandomStream,
): Uint32Array {
  const sizes = Uint32Array.from(stream.dirichlet(alpha, clients), (p) => Math.floor(p * total));
  let rest = total - sizes.reduce((a, b) => a + b, 0);
  for (let client = 0; rest > 0; client = (client + 1) % clients, rest--) {
    sizes[client] = (sizes[client] ?? 0) + 1;
  }
  return sizes;
}
