import type { RandomStream } from '#protocol';

/**
 * Shuffles the samples and cuts them into near-equal shares; the remainder goes to the first
 * clients, one each (McMahan et al. 2017, section 3, "IID").
 */
export function iidPartition(indices: Uint32Array, clients: number, stream: RandomStream): Uint32Array[] {
  const shuffled = stream.shuffle(indices.slice());
  const base = Math.floor(shuffled.length / clients);
  const remainder = shuffled.length % clients;
  const start = (client: number) => client * base + Math.min(client, remainder);
  return Array.from({ length: clients }, (_, client) => shuffled.slice(start(client), start(client + 1)));
}
