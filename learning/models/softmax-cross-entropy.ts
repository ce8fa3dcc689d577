/** Sums over a batch, in float64. */
export interface BatchLoss {
  /** Sum of the samples' cross-entropies, in nats. */
  readonly lossSum: number;
  /** Class of every sample's largest logit, the first of equals. */
  readonly predicted: Uint8Array;
}

/**
 * Softmax cross-entropy of a batch of logits with its classes, by the log-sum-exp of the shifted
 * logits so that nothing overflows. Outside of the engines, in float64, so that all of them agree. Plain
 * loops: every evaluation of a test set comes through here, row by row.
 *
 * @param logits one row of a logit a class for every label
 */
export function softmaxCrossEntropy(logits: Float32Array, labels: Uint8Array): BatchLoss {
  const classes = logits.length / labels.length;
  let lossSum = 0;
  const predicted = new Uint8Array(labels.length);
  for (let sample = 0; sample < labels.length; sample++) {
    const row = sample * classes;
    const best = largestOf(logits, row, row + classes);
    const largest = logits[best] ?? 0;
    let sum = 0;
    for (let i = row; i < row + classes; i++) sum += Math.exp((logits[i] ?? 0) - largest);
    const label = labels[sample] ?? 0;
    const own = label < classes ? (logits[row + label] ?? Number.NaN) : Number.NaN;
    lossSum += Math.log(sum) + largest - own;
    predicted[sample] = best - row;
  }
  return { lossSum, predicted };
}

/** The index of the largest value, the first of equals. */
function largestOf(values: Float32Array, from: number, to: number): number {
  let best = from;
  for (let i = from + 1; i < to; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}
