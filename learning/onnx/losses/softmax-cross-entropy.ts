import { exp, mul, reduceSum, scale, sub } from '../operators.js';
import type { LossGraph } from './loss.js';

/**
 * Softmax cross-entropy of logits with one-hot targets: -sum(t log p) / batch, with log p the shifted
 * logits less their log-sum-exp. Its gradient is (p - t) / batch.
 */
export const softmaxCrossEntropy: LossGraph = {
  build(graph, logits, targets) {
    const batch = logits.shape[0] ?? 1;
    const logP = graph.node('LogSoftmax', [logits], logits.shape, { axis: 1 });
    const loss = scale(graph, reduceSum(graph, mul(graph, targets, logP), [0, 1]), -1 / batch);
    return { loss, gradient: scale(graph, sub(graph, exp(graph, logP), targets), 1 / batch) };
  },
};
