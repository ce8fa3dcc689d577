/** Families that learn in one round what there is to learn, and not by gradients. */
export const oneRoundFamilies: ReadonlySet<string> = new Set(['random_forest', 'kmeans']);

/** Families that `--hidden-layers` shapes. */
export const layeredFamilies: ReadonlySet<string> = new Set(['mlp', 'cnn', 'rnn', 'lstm', 'gru']);

/** The settings that mean something to a family: there are no epochs to stop early where it has none. */
export function settingsFor(
  family: string,
  { earlyStoppingPatience, ...others }: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const stopsEarly = earlyStoppingPatience !== undefined && !oneRoundFamilies.has(family);
  return stopsEarly ? { ...others, earlyStoppingPatience } : others;
}
