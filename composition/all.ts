import type { CompositionContext, CompositionStrategy } from './strategy.js';

/** Every eligible client takes part. */
export const composeAll: CompositionStrategy = Object.freeze({
  name: 'all',
  participants: (eligible: number) => eligible,
  choose: ({ eligible }: CompositionContext) => [...eligible],
});
