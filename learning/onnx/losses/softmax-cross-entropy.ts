import { exp, mul, reduceSum, sub } from '../operators.js';
import type { LossGraph } from './loss.js';

/**
 * Softmax cross-entropy of logits with one-hot targets: -sum(t log p), with log p the shifted
 * logits less their log-sum-exp. Its gradient is p - t.
 */
export const softmaxCrossEntropy: LossGraph = {
  build(graph, logits, targets) {
    const logP = graph.node('LogSoftmax', [logits], logits.shape, { axis: 1 });
    const loss = graph.node('Neg', [reduceSum(graph, mul(graph, targets, logP), [0, 1])], []);
    return { loss, gradient: sub(graph, exp(graph, logP), targets) };
  },
};
