/** A random forest with its numbers. */
export interface ForestSpec {
  readonly kind: 'random-forest';
  readonly inputShape: readonly number[];
  /** Values in a prediction: classes, or 1 for regression. */
  readonly outputs: number;
  readonly task: 'classification' | 'regression';
  /** Trees of the global model after the last round. */
  readonly trees: number;
  readonly rounds: number;
  /** Splits from the root to a leaf at most. */
  readonly maxDepth: number;
}

/**
 * Trees of the global model after a round: evenly over the rounds, the first of them in the first one, so that
 * also with fewer trees than rounds there is a forest from then on.
 */
export const treesAfter = ({ trees, rounds }: ForestSpec, round: number): number =>
  Math.ceil((round * trees) / rounds);

/** Trees that a client grows in a round: the most that the global model gains in one. */
export const treesOfClient = ({ trees, rounds }: ForestSpec): number => Math.ceil(trees / rounds);
