/**
 * Trees as numbers, so that a forest travels like any model: the number of trees, then each tree as its
 * length and its nodes. A split is [feature, threshold, place of its right child in the tree], its left
 * child follows; a leaf is [-1, entries, (output, value) ...], its other values are 0.
 */

/** Where each tree of a forest is. */
export interface TreePlace {
  readonly begin: number;
  readonly end: number;
}

/** A forest without trees: what every run begins with. */
export const emptyForest = (): Float32Array => Float32Array.of(0);

/** @throws RangeError for numbers that are no forest */
export function treesOf(forest: Float32Array): TreePlace[] {
  const places: TreePlace[] = [];
  let at = 1;
  for (let tree = 0; tree < (forest[0] ?? Number.NaN); tree++) {
    const length = forest[at] ?? Number.NaN;
    if (!(Number.isInteger(length) && length > 0))
      throw new RangeError(`tree ${tree} has a length of ${length}`);
    places.push({ begin: at + 1, end: at + 1 + length });
    at += 1 + length;
  }
  if (at !== forest.length) throw new RangeError(`a forest of ${forest.length} numbers that says ${at}`);
  return places;
}

/** Whether numbers from outside are a forest that predictions can be made with. */
export function isForest(numbers: Float32Array): boolean {
  try {
    return treesOf(numbers).every(({ begin, end }) => isTree(numbers.subarray(begin, end)));
  } catch {
    return false;
  }
}

function isTree(tree: Float32Array): boolean {
  const isNode = new Uint8Array(tree.length);
  const links: number[] = [];
  let at = 0;
  while (at < tree.length) {
    isNode[at] = 1;
    if (tree[at] === -1) {
      const entries = tree[at + 1] ?? Number.NaN;
      const end = at + 2 + 2 * entries;
      if (!(isIndex(entries) && end <= tree.length)) return false;
      if (!areEntries(tree.subarray(at + 2, end))) return false;
      at = end;
    } else {
      const right = tree[at + 2] ?? Number.NaN;
      if (!(isIndex(tree[at]) && isIndex(right) && right > at + 2)) return false;
      links.push(right);
      at += 3;
    }
  }
  // Every step of a walk goes forwards, and to a node: it comes to a leaf.
  return tree.length > 0 && links.every((link) => isNode[link] === 1);
}

const isIndex = (value: number | undefined): boolean => Number.isInteger(value) && (value ?? -1) >= 0;

/** Whether a leaf's entries are outputs with finite values. */
function areEntries(entries: Float32Array): boolean {
  return entries.every((value, i) => (i % 2 === 0 ? isIndex(value) : Number.isFinite(value)));
}

/** One forest of some trees of others. */
export function joinTrees(trees: readonly Float32Array[]): Float32Array {
  const forest = new Float32Array(1 + trees.reduce((sum, tree) => sum + 1 + tree.length, 0));
  forest[0] = trees.length;
  let at = 1;
  for (const tree of trees) {
    forest[at] = tree.length;
    forest.set(tree, at + 1);
    at += 1 + tree.length;
  }
  return forest;
}

/**
 * Adds one tree's prediction for a row of features to a row of outputs.
 * @throws RangeError for a tree that leads out of itself
 */
export function addPrediction(
  tree: Float32Array,
  features: ArrayLike<number>,
  row: number,
  scale: number,
  outputs: Float64Array,
): void {
  let at = 0;
  for (let steps = 0; steps < tree.length; steps++) {
    const feature = tree[at] ?? Number.NaN;
    if (feature === -1) {
      const entries = tree[at + 1] ?? 0;
      for (let entry = 0; entry < entries; entry++) {
        const output = tree[at + 2 + 2 * entry] ?? 0;
        outputs[output] = (outputs[output] ?? 0) + (tree[at + 3 + 2 * entry] ?? 0);
      }
      return;
    }
    const value = (features[row + feature] ?? Number.NaN) * scale;
    at = value <= (tree[at + 1] ?? 0) ? at + 3 : (tree[at + 2] ?? tree.length);
  }
  throw new RangeError('a tree without an end');
}
