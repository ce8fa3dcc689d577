/** What a composition strategy may look at when it decides on a round. */
export interface CompositionContext {
  readonly round: number;
  /** Clients that may be chosen, ascending. */
  readonly eligible: readonly number[];
}

/**
 * Decides who takes part in a round. A pure function of its context and its own seed, so that the
 * same run makes the same decisions whatever the order in which agents connect.
 */
export interface CompositionStrategy {
  /** As given by `--composition`. */
  readonly name: string;
  /** How many of `eligible` clients a round takes. */
  participants(eligible: number): number;
  /** @returns the chosen clients, ascending, without repetition */
  choose(context: CompositionContext): number[];
}
