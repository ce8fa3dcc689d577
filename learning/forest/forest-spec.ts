/** A random forest with its numbers. */
export interface ForestSpec {
  readonly kind: 'random-forest';
  readonly inputShape: readonly number[];
  /** Values in a prediction: classes, or 1 for regression. */
  readonly outputs: number;
  readonly task: 'classification' | 'regression';
  /** Trees that a client grows, and that the global model gains, in a round. */
  readonly treesPerRound: number;
  /** Splits from the root to a leaf at most. */
  readonly maxDepth: number;
}
