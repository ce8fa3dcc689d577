import type { RandomStream } from '#protocol';

export interface DirichletRequest {
  readonly indices: Uint32Array;
  readonly labels: Uint8Array;
  readonly classes: number;
  readonly clients: number;
  /** Concentration: towards 0 each class lies at one client, towards infinity all are alike. */
  readonly alpha: number;
  readonly stream: RandomStream;
}

const maxDraws = 10;

/**
 * Label skew: each class is divided by proportions over the clients drawn from a symmetric
 * Dirichlet distribution (Hsu, Qi & Brown 2019, "Measuring the Effects of Non-Identical Data
 * Distribution"; the class-wise form of Yurochkin et al. 2019). Where a draw leaves a client
 * without a sample it is repeated, a bounded number of times; what is still empty then gets single
 * samples of the largest shares.
 */
export function dirichletPartition(request: DirichletRequest): Uint32Array[] {
  let shares = draw(request);
  for (let n = 1; n < maxDraws && shares.some(isEmpty); n++) shares = draw(request);
  return fillEmpty(shares).map((share) => Uint32Array.from(share));
}

function draw({ indices, labels, classes, clients, alpha, stream }: DirichletRequest): number[][] {
  const shares: number[][] = Array.from({ length: clients }, () => []);
  for (let label = 0; label < classes; label++) {
    const ofClass = stream.shuffle(indices.filter((index) => labels[index] === label));
    const proportions = stream.dirichlet(alpha, clients);
    let cumulative = 0;
    let start = 0;
    for (const [client, share] of shares.entries()) {
      cumulative += proportions[client] ?? 0;
      // The last cut is the class's end whatever the rounding of the sum, so that nothing is lost.
      const end =
        client === clients - 1 ? ofClass.length : Math.round(Math.min(1, cumulative) * ofClass.length);
      for (const index of ofClass.subarray(start, end)) share.push(index);
      start = end;
    }
  }
  return shares;
}

function fillEmpty(shares: readonly number[][]): readonly number[][] {
  for (const empty of shares.filter(isEmpty)) {
    const largest = shares.reduce((a, b) => (b.length > a.length ? b : a));
    const moved = largest.pop();
    if (moved !== undefined) empty.push(moved);
  }
  return shares;
}

const isEmpty = (share: readonly number[]): boolean => share.length === 0;
