/** Families that learn in one round what there is to learn, and not by gradients. */
export const oneRoundFamilies: ReadonlySet<string> = new Set(['random_forest', 'kmeans']);

/** Families that `--hidden-layers` shapes. */
export const layeredFamilies: ReadonlySet<string> = new Set(['mlp', 'cnn', 'rnn', 'lstm', 'gru']);
