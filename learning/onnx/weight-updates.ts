import type { PlacedTensor } from '../models/weight-layout.js';
import type { Graph, Value } from './graph.js';
import { type Addend, addend, concat, reshape, sizeOf, splitInto } from './operators.js';
import type { OptimizerGraph } from './optimizers/optimizer.js';

/** A tensor to be moved by its gradient. */
export interface Update {
  readonly tensor: PlacedTensor;
  readonly weights: Value;
  readonly gradient: Addend;
  /** Weight decay, where that is the optimiser's own affair. */
  readonly decay: number;
}

/** An array of the optimiser's state before and after the step. */
export interface StateArray {
  readonly before: Value;
  readonly after: Value;
  readonly initial: number;
}

export interface UpdateResults {
  readonly weights: ReadonlyMap<PlacedTensor, Value>;
  readonly state: readonly StateArray[];
}

/** Tensors up to this size are moved as one: the optimiser's nodes cost more to start than to run. */
const smallSize = 16_384;

/** Appends the optimiser's step for all tensors; its state becomes inputs of the graph. */
export function appendUpdates(
  graph: Graph,
  optimizer: OptimizerGraph,
  updates: readonly Update[],
  scalars: Readonly<Record<string, Value>>,
): UpdateResults {
  const weights = new Map<PlacedTensor, Value>();
  const state: StateArray[] = [];
  for (const [i, group] of groupsOf(optimizer, updates).entries()) {
    const joined = join(graph, group);
    const before = optimizer.initialState.map((_, k) =>
      graph.input(`group${i}/state${k}`, joined.weights.shape),
    );
    const input = { weights: joined.weights, gradient: joined.gradient, state: before, scalars };
    const next = optimizer.update(graph, input, joined.decay);
    for (const [tensor, value] of part(graph, group, next.weights)) weights.set(tensor, value);
    for (const [k, initial] of optimizer.initialState.entries()) {
      const [old, renewed] = [before[k], next.state[k]];
      if (old === undefined || renewed === undefined) throw new RangeError('an optimiser lost its state');
      state.push({ before: old, after: renewed, initial });
    }
  }
  return { weights, state };
}

/** Large tensors by themselves, small ones together with those that decay alike. */
function groupsOf(optimizer: OptimizerGraph, updates: readonly Update[]): Update[][] {
  // Without state there is one node a tensor, and nothing to save.
  if (optimizer.initialState.length === 0) return updates.map((update) => [update]);
  const large = updates.filter(({ tensor }) => tensor.size > smallSize);
  const small = updates.filter(({ tensor }) => tensor.size <= smallSize);
  const decays = [...new Set(small.map(({ decay }) => decay))];
  return [
    ...large.map((update) => [update]),
    ...decays.map((decay) => small.filter((update) => update.decay === decay)),
  ];
}

function join(graph: Graph, group: readonly Update[]): Omit<Update, 'tensor'> {
  const [first, ...others] = group;
  if (first === undefined) throw new RangeError('nothing to move');
  if (others.length === 0) return first;
  const flat = (value: Value) => reshape(graph, value, [sizeOf(value.shape)]);
  const joined = (values: readonly Value[]) => concat(graph, values.map(flat), 0);
  return {
    weights: joined(group.map(({ weights }) => weights)),
    gradient: addend(joined(group.map(({ gradient }) => gradient.value(graph)))),
    decay: first.decay,
  };
}

/** Takes apart what `join` has joined. */
function part(graph: Graph, group: readonly Update[], joined: Value): [PlacedTensor, Value][] {
  const [first, ...others] = group;
  if (first !== undefined && others.length === 0) return [[first.tensor, joined]];
  const parts = splitInto(
    graph,
    joined,
    group.map(({ tensor }) => tensor.size),
  );
  return group.map(({ tensor, weights }, i) => [tensor, reshape(graph, parts[i] ?? joined, weights.shape)]);
}
