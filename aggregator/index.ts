export { abortable } from './abortable.js';
export { Evaluator } from './evaluator.js';
export { Federation, type FederationResult } from './federation.js';
export { AggregatorLink } from './link.js';
