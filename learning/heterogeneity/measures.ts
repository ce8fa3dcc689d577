import type { ShareHeterogeneity } from '#protocol';

type Counts = readonly number[];

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Counts as shares of their sum; undefined for no samples. */
function distribution(counts: Counts): number[] | undefined {
  const total = sum(counts);
  return total === 0 ? undefined : counts.map((count) => count / total);
}

/** Σ p log2(p / q) over the classes that p has. */
function kullbackLeibler(p: readonly number[], q: readonly number[]): number {
  return sum(p.map((value, k) => (value === 0 ? 0 : value * Math.log2(value / (q[k] ?? 0)))));
}

/**
 * Measures every client's labels against the labels of all clients together.
 * @param labelCounts samples by client and class
 * @returns one entry a client; divergences are null for a client without samples
 */
export function measureShares(labelCounts: readonly Counts[]): ShareHeterogeneity[] {
  const classes = labelCounts[0]?.length ?? 0;
  const totals = Array.from({ length: classes }, (_, k) => sum(labelCounts.map((counts) => counts[k] ?? 0)));
  const all = sum(totals);
  const global = distribution(totals) ?? [];
  return labelCounts.map((counts) => {
    const p = distribution(counts);
    if (p === undefined) return { sizeShare: 0, effectiveClasses: 0, klDivergence: null, jsDivergence: null };
    const middle = p.map((value, k) => (value + (global[k] ?? 0)) / 2);
    const entropy = -sum(p.map((value) => (value === 0 ? 0 : value * Math.log2(value))));
    return {
      sizeShare: sum(counts) / all,
      effectiveClasses: 2 ** entropy,
      // Rounding may leave a divergence of equal mixes a last bit below 0.
      klDivergence: Math.max(0, kullbackLeibler(p, global)),
      jsDivergence: Math.max(0, (kullbackLeibler(p, middle) + kullbackLeibler(global, middle)) / 2),
    };
  });
}

/**
 * Mean total variation distance ½ Σ_k |p_ik - p_jk| over all pairs of clients that have samples: 0 when
 * all have the same mix of labels, 1 when no two share a class. (Twice it is the distance of Zhao et
 * al. 2018, "Federated Learning with Non-IID Data", there called EMD.)
 *
 * By sorting each class's shares, which costs N log N instead of the N² of all pairs.
 */
export function meanPairwiseDistance(labelCounts: readonly Counts[]): number {
  const mixes = labelCounts.map(distribution).filter((mix) => mix !== undefined);
  const n = mixes.length;
  if (n < 2) return 0;
  const classes = mixes[0]?.length ?? 0;
  let total = 0;
  for (let k = 0; k < classes; k++) {
    const ascending = Float64Array.from(mixes, (mix) => mix[k] ?? 0).sort();
    // Of n sorted values the i-th is the larger of i pairs and the smaller of n - 1 - i.
    for (let i = 0; i < n; i++) total += (ascending[i] ?? 0) * (2 * i - n + 1);
  }
  return total / (n * (n - 1));
}
