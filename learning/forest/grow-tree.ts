import type { RandomStream } from '#protocol';
import { bestSplit, type Split, type TreeTargets } from './best-split.js';
import type { BinnedSamples } from './binned-samples.js';

export interface TreeOptions {
  readonly maxDepth: number;
  /** Features that each node looks at, drawn anew. */
  readonly candidates: number;
  readonly stream: RandomStream;
}

/**
 * One tree of a random forest (Breiman 2001), grown on a bootstrap sample until its leaves are pure or
 * cannot be split. Each node draws candidate features; where none of them can split it, it draws on.
 *
 * @returns the tree as `tree-code.ts` writes it
 */
export function growTree(samples: BinnedSamples, targets: TreeTargets, options: TreeOptions): Float32Array {
  const { stream } = options;
  const rows = Uint32Array.from({ length: samples.count }, () => stream.integer(0, samples.count - 1));
  const code: number[] = [];
  const features = Uint32Array.from({ length: samples.features }, (_, i) => i);
  const pending = [{ rows, depth: 0, link: -1 }];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    // A right child is written when its left sibling's whole branch is: its parent learns its place now.
    if (node.link >= 0) code[node.link] = code.length;
    const split =
      node.depth < options.maxDepth && !isPure(node.rows, targets)
        ? chooseSplit(samples, node.rows, targets, features, options)
        : undefined;
    if (split === undefined) {
      code.push(-1, ...leaf(node.rows, targets));
      continue;
    }
    const goesLeft = (row: number): boolean =>
      (samples.bins[split.feature * samples.count + row] ?? 0) <= split.bin;
    const depth = node.depth + 1;
    code.push(split.feature, samples.edges[split.feature]?.[split.bin] ?? 0, 0);
    pending.push({ rows: node.rows.filter((row) => !goesLeft(row)), depth, link: code.length - 1 });
    pending.push({ rows: node.rows.filter(goesLeft), depth, link: -1 });
  }
  return Float32Array.from(code);
}

function chooseSplit(
  samples: BinnedSamples,
  rows: Uint32Array,
  targets: TreeTargets,
  features: Uint32Array,
  { candidates, stream }: TreeOptions,
): Split | undefined {
  let best: Split | undefined;
  for (let drawn = 0; drawn < features.length; drawn++) {
    if (drawn >= candidates && best !== undefined) break;
    const other = stream.integer(drawn, features.length - 1);
    const feature = features[other] ?? 0;
    features[other] = features[drawn] ?? 0;
    features[drawn] = feature;
    const split = bestSplit(samples, feature, rows, targets);
    if (split !== undefined && (best === undefined || split.gain > best.gain)) best = split;
  }
  return best;
}

function isPure(rows: Uint32Array, { values }: TreeTargets): boolean {
  const first = values[rows[0] ?? 0];
  return rows.every((row) => values[row] === first);
}

/** Number of entries, then each output with its share of the classes, or with the mean of the targets. */
function leaf(rows: Uint32Array, { task, outputs, values }: TreeTargets): number[] {
  if (task === 'regression') {
    return [1, 0, rows.reduce((sum, row) => sum + (values[row] ?? 0), 0) / rows.length];
  }
  const counts = new Float64Array(outputs);
  for (const row of rows) counts[values[row] ?? 0] = (counts[values[row] ?? 0] ?? 0) + 1;
  const entries = [...counts.entries()].filter(([, count]) => count > 0);
  return [entries.length, ...entries.flatMap(([output, count]) => [output, count / rows.length])];
}
