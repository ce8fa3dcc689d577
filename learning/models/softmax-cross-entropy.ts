/** Sums over a batch, in float64. */
export interface BatchLoss {
  /** Sum of the samples' cross-entropies, in nats. */
  readonly lossSum: number;
  /** Class of every sample's largest logit, the first of equals. */
  readonly predicted: Uint8Array;
}

/**
 * Softmax cross-entropy of a batch of logits with its classes, by the log-sum-exp of the shifted
 * logits so that nothing overflows. Outside of the engines, in float64, so that all of them agree.
 *
 * @param logits one row of `classes` values a sample
 * @param gradient where given, gets the gradient of the batch's mean loss by the logits:
 *   (softmax - one-hot) / batch
 */
export function softmaxCrossEntropy(
  logits: Float32Array,
  labels: Uint8Array,
  gradient?: Float32Array,
): BatchLoss {
  const batch = labels.length;
  const classes = logits.length / batch;
  let lossSum = 0;
  const predicted = new Uint8Array(batch);
  for (const [sample, label] of labels.entries()) {
    const row = logits.subarray(sample * classes, (sample + 1) * classes);
    const best = row.reduce((top, logit, i) => (logit > (row[top] ?? 0) ? i : top), 0);
    const largest = row[best] ?? 0;
    const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    lossSum += Math.log(sum) + largest - (row[label] ?? Number.NaN);
    predicted[sample] = best;
    if (gradient === undefined) continue;
    for (const [i, logit] of row.entries()) {
      const probability = Math.exp(logit - largest) / sum;
      gradient[sample * classes + i] = (probability - (i === label ? 1 : 0)) / batch;
    }
  }
  return { lossSum, predicted };
}
