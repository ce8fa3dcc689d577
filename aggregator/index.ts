export { abortable } from './abortable.js';
export { type Checkpoint, CheckpointFolder } from './checkpoint.js';
export { Evaluator } from './evaluator.js';
export { Federation } from './federation.js';
export type { FederationOptions, FederationResult } from './federation-options.js';
export { AggregatorLink } from './link.js';
export { Seats } from './seats.js';
