/** Values of two things measured in turn, so that a drift of the machine's speed meets both. */
export interface Pair {
  readonly ours: number[];
  readonly theirs: number[];
}

/** Measures `ours` and `theirs` alternately, `runs` times each. */
export async function alternate(
  runs: number,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<Pair> {
  const pair: Pair = { ours: [], theirs: [] };
  for (let run = 0; run < runs; run++) {
    pair.ours.push(await ours());
    pair.theirs.push(await theirs());
  }
  return pair;
}
