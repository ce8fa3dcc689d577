export { Evaluator } from './evaluator.js';
export { Federation, type FederationResult } from './federation.js';
export { AggregatorLink, withoutCredentials } from './link.js';
