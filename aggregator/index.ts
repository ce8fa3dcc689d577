export { abortable } from './abortable.js';
export { type Checkpoint, CheckpointFolder } from './checkpoint.js';
export { Evaluator } from './evaluator.js';
export { Federation, type FederationOptions, type FederationResult } from './federation.js';
export { AggregatorLink } from './link.js';
export { Seats } from './seats.js';
