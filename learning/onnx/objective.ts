import type { Graph, Value } from './graph.js';
import { type Addend, add, addend, div, mul, reduceSum, scale, sqrt, sub } from './operators.js';

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
  readonly gradient: Addend;
  /** The weights at the start, where there is a proximal term. */
  readonly anchor: Value | undefined;
  /** Its own weight decay. */
  readonly decay: number;
}

/**
 * Turns gradients of the loss into gradients of the objective: the proximal term, then clipping, then
 * weight decay, which clipping leaves alone as in other frameworks.
 *
 * @param factor where given, results are multiplied by it; the gradients are so already, but not if they
 *   are to be clipped
 */
export function objectiveGradients(
  graph: Graph,
  terms: readonly Term[],
  { proximalMu, clipNorm }: Objective,
  factor: Value | undefined,
): Addend[] {
  const timesFactor = (number: number): Value =>
    factor === undefined ? graph.scalar(number) : scale(graph, factor, number);
  const proximal = terms.map(({ weights, gradient, anchor }) => {
    if (anchor === undefined) return gradient;
    const mu = clipNorm === undefined ? timesFactor(proximalMu) : graph.scalar(proximalMu);
    return addend(gradient.addTo(graph, mul(graph, sub(graph, weights, anchor), mu)));
  });
  const clipped = clipNorm === undefined ? proximal : clip(graph, proximal, clipNorm, factor);
  return clipped.map((gradient, i) => {
    const { decay = 0, weights } = terms[i] ?? {};
    if (decay === 0 || weights === undefined) return gradient;
    return addend(gradient.addTo(graph, mul(graph, weights, timesFactor(decay))));
  });
}

/** g * min(1, limit / |g|), |g| over all tensors together (Pascanu et al. 2013, Algorithm 1). */
function clip(
  graph: Graph,
  gradients: readonly Addend[],
  limit: number,
  factor: Value | undefined,
): Addend[] {
  const values = gradients.map((gradient) => gradient.value(graph));
  const squares = values.map((g) => reduceSum(graph, mul(graph, g, g), [...g.shape.keys()]));
  const norm = sqrt(
    graph,
    squares.reduce((sum, square) => add(graph, sum, square)),
  );
  const longest = graph.node('Max', [norm, graph.scalar(limit)], []);
  const shorten = div(graph, graph.scalar(limit), longest);
  const all = factor === undefined ? shorten : mul(graph, shorten, factor);
  return values.map((g) => addend(mul(graph, g, all)));
}
