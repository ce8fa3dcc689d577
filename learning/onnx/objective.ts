import type { Graph, Value } from './graph.js';
import { add, div, mul, reduceSum, scale, sqrt, sub } from './operators.js';

/** What is added to the mean loss, and how long its gradient may be. */
export interface Objective {
  /** L2 penalty of kernels, weightDecay/2 |w|^2; with AdamW decoupled from the gradient. */
  readonly weightDecay: number;
  /** FedProx's mu: mu/2 |w - w at the start|^2 (Li et al. 2020, equation 2). */
  readonly proximalMu: number;
  /** Longer gradients, all tensors taken together, are shortened to this; undefined leaves them. */
  readonly clipNorm: number | undefined;
}

/** A tensor with the gradient of the loss by it. */
export interface Term {
  readonly weights: Value;
  readonly gradient: Value;
  /** The weights at the start, where there is a proximal term. */
  readonly anchor: Value | undefined;
  /** Its own weight decay. */
  readonly decay: number;
}

/**
 * Turns gradients of the loss into gradients of the objective: the proximal term, then clipping, then
 * weight decay, which clipping leaves alone as in other frameworks.
 *
 * @param rate where given, results are multiplied by it; the gradients are so already, but not if they
 *   are to be clipped
 */
export function objectiveGradients(
  graph: Graph,
  terms: readonly Term[],
  { proximalMu, clipNorm }: Objective,
  rate: Value | undefined,
): Value[] {
  const timesRate = (factor: number): Value =>
    rate === undefined ? graph.scalar(factor) : scale(graph, rate, factor);
  const proximal = terms.map(({ weights, gradient, anchor }) => {
    if (anchor === undefined) return gradient;
    const factor = clipNorm === undefined ? timesRate(proximalMu) : graph.scalar(proximalMu);
    return add(graph, gradient, mul(graph, sub(graph, weights, anchor), factor));
  });
  const clipped = clipNorm === undefined ? proximal : clip(graph, proximal, clipNorm, rate);
  return clipped.map((gradient, i) => {
    const { decay = 0, weights } = terms[i] ?? {};
    if (decay === 0 || weights === undefined) return gradient;
    return add(graph, gradient, mul(graph, weights, timesRate(decay)));
  });
}

/** g * min(1, limit / |g|), |g| over all tensors together (Pascanu et al. 2013, Algorithm 1). */
function clip(graph: Graph, gradients: readonly Value[], limit: number, rate: Value | undefined): Value[] {
  const squares = gradients.map((g) =>
    reduceSum(
      graph,
      mul(graph, g, g),
      g.shape.map((_, axis) => axis),
    ),
  );
  const norm = sqrt(graph, graph.node('Sum', squares, []));
  const shorten = div(graph, graph.scalar(limit), graph.node('Max', [norm, graph.scalar(limit)], []));
  const factor = rate === undefined ? shorten : mul(graph, shorten, rate);
  return gradients.map((g) => mul(graph, g, factor));
}
